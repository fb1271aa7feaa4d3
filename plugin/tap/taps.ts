// Keeps a tap open at every pod of some versions, as pods come and go. Knows no pairing, and not what is in a trace.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../cluster.ts'
import type { Trace } from '../compare/bodies/trace.ts'
import { ApiError, UserError } from '../errors.ts'
import { watchObjects } from '../follow/object-watch.ts'
import type { Source } from '../follow/sources.ts'
import { formatSelector, isReady, podsPath, type Pod } from '../pods.ts'
import { BlindSpans } from './blind-spans.ts'
import { isSidecarRunning } from './preflight.ts'
import { openTap, type Refusal } from './tap-stream.ts'

export interface TapsOptions {
  readonly cluster: Cluster
  readonly sources: readonly Source[]
  readonly request: object
  /** Bytes of one exchange. */
  readonly longest: number
  readonly onTrace: (trace: Trace, source: Source, pod: string) => void
  readonly say: (text: string) => void
  readonly now: () => number
}

interface Tapped {
  readonly source: Source
  pod: Pod
  isGone: boolean
  isAttached: boolean
}

/** istiod tells the sidecars within a second or two. */
const READY_WITHIN = 30_000
const RETRY = 250

export class Taps {
  readonly blind = new BlindSpans()
  /** Exchanges longer than the bound. */
  oversized = 0
  readonly #options: TapsOptions
  readonly #pods = new Map<string, Tapped>()
  readonly #failed = Promise.withResolvers<never>()
  readonly #work: Promise<void>[] = []

  constructor(options: TapsOptions) {
    this.#options = options
    this.#failed.promise.catch(() => {})
  }

  /** Resolves when every pod that runs now is tapped. */
  async open(signal: AbortSignal): Promise<void> {
    const lists = this.#options.sources.map(async (source) => {
      const listed = Promise.withResolvers<void>()
      this.#track(this.#watch(source, signal, listed.resolve))
      await listed.promise
    })
    const over = AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN)])
    const isOpen = await Promise.race([this.#allAttached(lists, over), this.#failed.promise, aborted(over)])
    signal.throwIfAborted()
    if (isOpen) return
    const late = this.#unattached().map(lateness)
    throw new UserError(late.length > 0 ? late : `the pods could not be listed within ${READY_WITHIN / 1000} s`)
  }

  /** Rejects when no tap can be kept open any more. */
  get lost(): Promise<never> {
    return this.#failed.promise
  }

  /** After the signal of `open` was aborted. */
  async closed(): Promise<void> {
    await Promise.allSettled(this.#work)
  }

  async #allAttached(lists: readonly Promise<void>[], signal: AbortSignal): Promise<boolean> {
    await Promise.all(lists)
    while (!signal.aborted && this.#unattached().length > 0) await pause(50)
    return !signal.aborted
  }

  #unattached(): Tapped[] {
    return [...this.#pods.values()].filter(({ isAttached, isGone, pod }) => !isAttached && !isGone && isReady(pod))
  }

  async #watch(source: Source, signal: AbortSignal, onListed: () => void): Promise<void> {
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

  #see(source: Source, pod: Pod, signal: AbortSignal): void {
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
    while (!signal.aborted && !tapped.isGone) {
      if (isSidecarRunning(tapped.pod)) await this.#attach(tapped, signal)
      await pause(RETRY, undefined, { signal }).catch(() => {})
    }
  }

  async #attach(tapped: Tapped, signal: AbortSignal): Promise<void> {
    const { cluster, request, longest, onTrace, say } = this.#options
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
          onOversized: (count) => (this.oversized += count)
        },
        signal
      )
      if (!('ended' in opened)) return refuse(name, opened)
      wasAttached = true
      tapped.isAttached = true
      this.#noteSight(tapped)
      await opened.ended
    } catch (error) {
      if (signal.aborted || tapped.isGone) return
      if (error instanceof UserError || (error instanceof ApiError && error.status === 403)) throw error
    } finally {
      tapped.isAttached = false
      if (!signal.aborted) this.#noteSight(tapped)
    }
    if (!signal.aborted && wasAttached && isReady(tapped.pod))
      say(`warning: the tap of pod ${name} broke off; opening it again`)
  }
}

async function aborted(signal: AbortSignal): Promise<false> {
  if (!signal.aborted) await once(signal, 'abort')
  return false
}

/** What waiting heals is waited for. */
function refuse(pod: string, refusal: Refusal): void {
  if (refusal.reason === 'other') throw new UserError(`the sidecar of pod ${pod} refuses the tap: ${refusal.text}`)
}

function lateness({ pod: { metadata } }: Tapped): string {
  return (
    `the sidecar of pod ${metadata.name} in ${metadata.namespace} did not take the tap filter within ` +
    `${READY_WITHIN / 1000} s: istiod is slow, or the proxy refused it (istioctl proxy-status ${metadata.name}.${metadata.namespace})`
  )
}
