// Keeps a tap open at every pod of some versions, as pods come and go. Knows no pairing and no trace.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import type { Trace } from './trace.ts'
import { ApiError, UserError } from '../../io/errors.ts'
import { watchObjects } from '../../resources/object-watch.ts'
import { Outages } from '../../follow/notices.ts'
import type { Selection } from '../../follow/origin.ts'
import { formatSelector, isReady, podsPath, type Pod } from '../../resources/pods.ts'
import { BlindSpans } from '../sources/blind-spans.ts'
import { isSidecarRunning } from './preflight.ts'
import { openTap, type Refusal, type TapStreamOptions } from './tap-stream.ts'

export interface TapsOptions extends Omit<TapStreamOptions, 'onTrace'> {
  readonly selections: readonly Selection[]
  readonly onTrace: (trace: Trace, selection: Selection, pod: string) => void
  readonly say: (text: string) => void
}

interface Tapped {
  readonly selection: Selection
  pod: Pod
  isGone: boolean
  isAttached: boolean
  /** Of the last try. */
  refusal?: Refusal
}

/** istiod updates the sidecars within a second or two. */
const READY_WITHIN = 30_000
const FIRST_RETRY = 250
const LONGEST_RETRY = 5000
/** A stalled connection may never close. */
const CLOSE_WITHIN = 3000

export class Taps {
  readonly blind = new BlindSpans()
  readonly #options: TapsOptions
  readonly #pods = new Map<string, Tapped>()
  readonly #failed = Promise.withResolvers<never>()
  readonly #outages: Outages
  readonly #work: Promise<void>[] = []

  constructor(options: TapsOptions) {
    this.#options = options
    this.#outages = new Outages(options.say)
    this.#failed.promise.catch(() => {})
  }

  /** Resolves when every running pod is tapped. */
  async open(signal: AbortSignal, within = READY_WITHIN): Promise<void> {
    const lists = this.#options.selections.map(async (selection) => {
      const listed = Promise.withResolvers<void>()
      this.#track(this.#watch(selection, signal, listed.resolve))
      await listed.promise
    })
    const over = AbortSignal.any([signal, AbortSignal.timeout(within)])
    const isOpen = await Promise.race([this.#allAttached(lists, over), this.#failed.promise, aborted(over)])
    signal.throwIfAborted()
    if (isOpen) return
    const late = this.#unattached().map((tapped) => lateness(this.#options.cluster, tapped, within))
    throw new UserError(
      late.length > 0 ? late : `the API server did not list the pods within ${within / 1000} s; try again`
    )
  }

  /** Rejects when taps can no longer be kept open. */
  get lost(): Promise<never> {
    return this.#failed.promise
  }

  /** Call it when the signal of `open` has aborted. */
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

  async #watch(selection: Selection, signal: AbortSignal, onListed: () => void): Promise<void> {
    const { cluster, now } = this.#options
    const name = `pods of ${selection.version}`
    await watchObjects<Pod>({
      cluster,
      path: podsPath(selection.namespace),
      query: { labelSelector: formatSelector(selection.selector) },
      signal,
      onObject: (pod) => this.#see(selection, pod, signal),
      onGone: (uid) => {
        const tapped = this.#pods.get(uid)
        if (!tapped) return
        tapped.isGone = true
        this.blind.end(uid, now())
        this.#pods.delete(uid)
      },
      onListed,
      onBroken: (error) => this.#outages.failed(name, error),
      onAnswered: () => this.#outages.recovered(name)
    })
  }

  #see(selection: Selection, pod: Pod, signal: AbortSignal): void {
    const { uid } = pod.metadata
    const known = this.#pods.get(uid)
    if (known) known.pod = pod
    const tapped = known ?? { selection, pod, isGone: false, isAttached: false }
    this.#markBlindSpan(tapped)
    if (known) return
    this.#pods.set(uid, tapped)
    this.#track(this.#keepOpen(tapped, signal))
  }

  /** While a ready pod has no tap, it serves requests that leave no record. */
  #markBlindSpan({ pod, isAttached }: Tapped): void {
    const { uid } = pod.metadata
    if (isAttached || !isReady(pod)) this.blind.end(uid, this.#options.now())
    else this.blind.begin(uid, this.#options.now())
  }

  #track(work: Promise<void>): void {
    this.#work.push(work.catch((error: unknown) => this.#failed.reject(error)))
  }

  async #keepOpen(tapped: Tapped, signal: AbortSignal): Promise<void> {
    const { now } = this.#options
    let since = now()
    while (!signal.aborted && !tapped.isGone) {
      const isRunning = isSidecarRunning(tapped.pod)
      if (!isRunning || (await this.#attach(tapped, signal))) since = now()
      await pause(untilNextTry(now() - since), undefined, { signal }).catch(() => {})
    }
  }

  /** Resolves when the tap ends. False: it could not be opened. */
  async #attach(tapped: Tapped, signal: AbortSignal): Promise<boolean> {
    const { onTrace, say } = this.#options
    const { name } = tapped.pod.metadata
    let wasAttached = false
    try {
      const options = { ...this.#options, onTrace: (trace: Trace) => onTrace(trace, tapped.selection, name) }
      const opened = await openTap(tapped.pod, options, signal)
      if (!('ended' in opened)) {
        tapped.refusal = opened
        return refuse(name, opened)
      }
      wasAttached = true
      tapped.isAttached = true
      this.#markBlindSpan(tapped)
      await opened.ended
    } catch (error) {
      if (signal.aborted || tapped.isGone) return wasAttached
      if (error instanceof UserError || (error instanceof ApiError && error.status === 403)) throw error
    } finally {
      tapped.isAttached = false
      if (!signal.aborted) this.#markBlindSpan(tapped)
    }
    if (!signal.aborted && wasAttached && isReady(tapped.pod))
      say(`warning: the tap of pod ${name} was interrupted; opening it again`)
    return wasAttached
  }
}

/** Each try costs a port-forward, so a pod that takes long is tried less often: it waits at most a quarter longer. */
function untilNextTry(waited: number): number {
  return Math.min(LONGEST_RETRY, Math.max(FIRST_RETRY, waited / 4))
}

export async function aborted(signal: AbortSignal): Promise<false> {
  if (!signal.aborted) await once(signal, 'abort')
  return false
}

/** Waiting helps with the other reasons. */
function refuse(pod: string, refusal: Refusal): false {
  if (refusal.reason !== 'other') return false
  throw new UserError(`the sidecar of pod ${pod} refuses the tap: ${refusal.text}`)
}

function lateness({ command }: Cluster, { pod: { metadata }, refusal }: Tapped, within: number): string {
  if (refusal?.reason === 'in-use') {
    return `another run is reading the tap of pod ${metadata.name} in ${metadata.namespace}; wait for it to end`
  }
  return (
    `the sidecar of pod ${metadata.name} in ${metadata.namespace} did not get the tap filter within ` +
    `${within / 1000} s: istiod is slow, or the proxy rejected it; see ` +
    command(`proxy-status ${metadata.name}.${metadata.namespace}`, 'istioctl')
  )
}
