// Keeps a tap open at every pod of some versions, as pods come and go. Knows no pairing, and not what is in a trace.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import type { Trace } from './trace.ts'
import { ApiError, UserError } from '../../io/errors.ts'
import { watchObjects } from '../../resources/object-watch.ts'
import type { Selection } from '../../follow/selections.ts'
import { formatSelector, isReady, podsPath, type Pod } from '../../resources/pods.ts'
import { BlindSpans } from '../sources/blind-spans.ts'
import { isSidecarRunning } from './preflight.ts'
import { openTap, type Refusal } from './tap-stream.ts'

export interface TapsOptions {
  readonly cluster: Cluster
  readonly sources: readonly Selection[]
  readonly request: object
  /** Bytes of one exchange. */
  readonly longest: number
  readonly onTrace: (trace: Trace, source: Selection, pod: string) => void
  readonly onLost: (count: number) => void
  readonly say: (text: string) => void
  readonly now: () => number
}

interface Tapped {
  readonly source: Selection
  pod: Pod
  isGone: boolean
  isAttached: boolean
  /** Why it was refused the last time. */
  refusal?: Refusal
}

/** istiod tells the sidecars within a second or two. */
const READY_WITHIN = 30_000
const FIRST_RETRY = 250
const LONGEST_RETRY = 5000
/** A connection that is stalled may never close. */
const CLOSE_WITHIN = 3000

export class Taps {
  readonly blind = new BlindSpans()
  readonly #options: TapsOptions
  readonly #pods = new Map<string, Tapped>()
  readonly #failed = Promise.withResolvers<never>()
  readonly #work: Promise<void>[] = []

  constructor(options: TapsOptions) {
    this.#options = options
    this.#failed.promise.catch(() => {})
  }

  /** Resolves when every pod that runs now is tapped. */
  async open(signal: AbortSignal, within = READY_WITHIN): Promise<void> {
    const lists = this.#options.sources.map(async (source) => {
      const listed = Promise.withResolvers<void>()
      this.#track(this.#watch(source, signal, listed.resolve))
      await listed.promise
    })
    const over = AbortSignal.any([signal, AbortSignal.timeout(within)])
    const isOpen = await Promise.race([this.#allAttached(lists, over), this.#failed.promise, aborted(over)])
    signal.throwIfAborted()
    if (isOpen) return
    const late = this.#unattached().map((tapped) => lateness(this.#options.cluster, tapped, within))
    throw new UserError(late.length > 0 ? late : `the pods could not be listed within ${within / 1000} s`)
  }

  /** Rejects when no tap can be kept open any more. */
  get lost(): Promise<never> {
    return this.#failed.promise
  }

  /** After the signal of `open` was aborted. */
  async closed(): Promise<void> {
    const over = new AbortController()
    const late = pause(CLOSE_WITHIN, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([Promise.allSettled(this.#work), late])
    over.abort()
  }

  async #allAttached(lists: readonly Promise<void>[], signal: AbortSignal): Promise<boolean> {
    await Promise.all(lists)
    while (!signal.aborted && this.#unattached().length > 0) await pause(50)
    return !signal.aborted
  }

  #unattached(): Tapped[] {
    return [...this.#pods.values()].filter(({ isAttached, isGone, pod }) => !isAttached && !isGone && isReady(pod))
  }

  async #watch(source: Selection, signal: AbortSignal, onListed: () => void): Promise<void> {
    const { cluster, say, now } = this.#options
    await watchObjects<Pod>({
      cluster,
      path: podsPath(source.namespace),
      query: { labelSelector: formatSelector(source.selector) },
      signal,
      pause: async (milliseconds, either) => pause(milliseconds, undefined, { signal: either }),
      onObject: (pod) => this.#see(source, pod, signal),
      onGone: (uid) => {
        const tapped = this.#pods.get(uid)
        if (!tapped) return
        tapped.isGone = true
        this.blind.end(uid, now())
        this.#pods.delete(uid)
      },
      onListed,
      onBroken: (error) => say(`warning: pods of ${source.version} cannot be watched, trying again: ${error.message}`),
      onAnswered: () => undefined
    })
  }

  #see(source: Selection, pod: Pod, signal: AbortSignal): void {
    const { uid } = pod.metadata
    const known = this.#pods.get(uid)
    if (known) known.pod = pod
    const tapped = known ?? { source, pod, isGone: false, isAttached: false }
    this.#noteSight(tapped)
    if (known) return
    this.#pods.set(uid, tapped)
    this.#track(this.#keepOpen(tapped, signal))
  }

  /** A pod that answers requests while nobody sees them. */
  #noteSight({ pod, isAttached }: Tapped): void {
    const { uid } = pod.metadata
    if (isAttached || !isReady(pod)) this.blind.end(uid, this.#options.now())
    else this.blind.begin(uid, this.#options.now())
  }

  #track(work: Promise<void>): void {
    this.#work.push(work.catch((error: unknown) => this.#failed.reject(error)))
  }

  async #keepOpen(tapped: Tapped, signal: AbortSignal): Promise<void> {
    let since = Date.now()
    while (!signal.aborted && !tapped.isGone) {
      const isRunning = isSidecarRunning(tapped.pod)
      if (!isRunning || (await this.#attach(tapped, signal))) since = Date.now()
      await pause(untilNextTry(Date.now() - since), undefined, { signal }).catch(() => {})
    }
  }

  /** Until it ends. False: it could not be opened. */
  async #attach(tapped: Tapped, signal: AbortSignal): Promise<boolean> {
    const { cluster, request, longest, onTrace, onLost, say } = this.#options
    const { name } = tapped.pod.metadata
    let wasAttached = false
    try {
      const opened = await openTap(
        tapped.pod,
        {
          cluster,
          request,
          longest,
          onTrace: (trace) => onTrace(trace, tapped.source, name),
          onLost
        },
        signal
      )
      if (!('ended' in opened)) {
        tapped.refusal = opened
        return refuse(name, opened)
      }
      wasAttached = true
      tapped.isAttached = true
      this.#noteSight(tapped)
      await opened.ended
    } catch (error) {
      if (signal.aborted || tapped.isGone) return wasAttached
      if (error instanceof UserError || (error instanceof ApiError && error.status === 403)) throw error
    } finally {
      tapped.isAttached = false
      if (!signal.aborted) this.#noteSight(tapped)
    }
    if (!signal.aborted && wasAttached && isReady(tapped.pod))
      say(`warning: the tap of pod ${name} broke off; opening it again`)
    return wasAttached
  }
}

/** Each try is a port-forward. What comes soon is seen soon, what comes late no later than a quarter of that. */
function untilNextTry(waited: number): number {
  return Math.min(LONGEST_RETRY, Math.max(FIRST_RETRY, waited / 4))
}

async function aborted(signal: AbortSignal): Promise<false> {
  if (!signal.aborted) await once(signal, 'abort')
  return false
}

/** What waiting heals is waited for. */
function refuse(pod: string, refusal: Refusal): false {
  if (refusal.reason !== 'other') return false
  throw new UserError(`the sidecar of pod ${pod} refuses the tap: ${refusal.text}`)
}

function lateness({ command }: Cluster, { pod: { metadata }, refusal }: Tapped, within: number): string {
  if (refusal?.reason === 'taken') {
    return `somebody else reads the tap of pod ${metadata.name} in ${metadata.namespace}; wait for the end of that run`
  }
  return (
    `the sidecar of pod ${metadata.name} in ${metadata.namespace} did not take the tap filter within ` +
    `${within / 1000} s: istiod is slow, or the proxy refused it (${command(`proxy-status ${metadata.name}.${metadata.namespace}`, 'istioctl')})`
  )
}
