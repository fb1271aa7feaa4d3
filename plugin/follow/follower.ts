// Follows every chosen container of the versions' pods, as pods come and go: a tail for each, as many at once as allowed.
// Knows neither the command line nor how lines and notices are printed.
import type { Cluster } from '../cluster.ts'
import { listPods, type Pod, podsPath } from '../pods.ts'
import type { Pause } from './backoff.ts'
import { StateCell, stateOf } from './container-state.ts'
import { chosenContainers, type ContainerChoice } from './containers.ts'
import type { FirstLines, LogQuery } from './log-query.ts'
import type { Lane, Merge } from './merge.ts'
import type { Origin } from './origin.ts'
import { watchPods } from './pod-watch.ts'
import { nextMove } from './slots.ts'
import type { Source } from './sources.ts'
import { Tail, type TailDependencies, type TailEvent } from './tail.ts'

export interface FollowerOptions {
  readonly cluster: Cluster
  readonly choice: ContainerChoice
  readonly first: FirstLines
  /** Otherwise each log is read once, as far as it goes now. */
  readonly follow: boolean
  /** Logs read at once. */
  readonly limit: number
  readonly merge: Merge<Origin>
  readonly notify: (notice: Notice) => void
  readonly isFatal: TailDependencies['isFatal']
  readonly isAbsent: TailDependencies['isAbsent']
  readonly pause: Pause
  readonly now: () => number
}

export type Notice =
  | { readonly type: 'opened' | 'closed'; readonly origin: Origin }
  | { readonly type: 'tail'; readonly origin: Origin; readonly event: TailEvent }
  | { readonly type: 'watch'; readonly source: Source; readonly error: Error }
  | { readonly type: 'watched'; readonly source: Source }
  /** Some logs have to wait for their turn: `active` of `all`, by group. */
  | { readonly type: 'queue'; readonly active: number; readonly all: number }

/** One container, over all its restarts. */
interface Followed {
  readonly origin: Origin
  readonly group: string
  readonly cell: StateCell
  readonly lane: Lane
  readonly tail: Tail
  /** While its log is read. */
  reading: AbortController | undefined
  /** What is left to do of the last reading. */
  rest: Promise<void>
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #followed = new Map<string, Followed>()
  readonly #failed = Promise.withResolvers<never>()
  readonly #stop: AbortController
  #waiting = 0

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#stop = new AbortController()
    // Whoever waits for it is told; nobody may be waiting yet.
    this.#failed.promise.catch(() => {})
  }

  /** Until the signal aborts, or, without `follow`, every log has been read. Rejects where nothing can be read. */
  async run(sources: readonly Source[], signal: AbortSignal): Promise<void> {
    const stop = () => this.#stop.abort()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      const work = Promise.all(
        sources.map((source) => (this.#options.follow ? this.#watch(source) : this.#list(source)))
      )
      await Promise.race([work, this.#failed.promise])
      if (!this.#options.follow) await Promise.race([this.#allRead(), this.#failed.promise])
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
      await this.#allStopped()
      await this.#options.merge.drain()
    }
  }

  get count(): number {
    return this.#followed.size
  }

  async #list(source: Source): Promise<void> {
    for (const pod of await listPods(this.#options.cluster, source)) this.#see(source, pod, this.#options.first)
    this.#balance()
  }

  async #watch(source: Source): Promise<void> {
    // A pod that comes later is new: all its lines are wanted.
    let first = this.#options.first
    await watchPods({
      cluster: this.#options.cluster,
      namespace: source.namespace,
      selector: source.selector,
      signal: this.#stop.signal,
      pause: this.#options.pause,
      onPod: (pod) => {
        this.#see(source, pod, first)
        this.#balance()
      },
      onGone: (uid) => this.#miss(uid),
      onListed: () => {
        first = { startedAt: this.#options.now() }
      },
      onBroken: (error) => this.#options.notify({ type: 'watch', source, error }),
      onAnswered: () => this.#options.notify({ type: 'watched', source })
    })
  }

  #see(source: Source, pod: Pod, first: FirstLines): void {
    const names = chosenContainers(pod, this.#options.choice)
    for (const name of names) {
      const key = `${pod.metadata.uid}/${name}`
      const known = this.#followed.get(key)
      const state = stateOf(pod, name)
      if (known) known.cell.set(state)
      else
        this.#followed.set(key, this.#make(originOf(source, pod, name, names.length > 1), new StateCell(state), first))
    }
  }

  #make(origin: Origin, cell: StateCell, first: FirstLines): Followed {
    const { cluster, merge, notify, isFatal, isAbsent, pause, now } = this.#options
    const lane = merge.lane(origin)
    const path = `${podsPath(origin.namespace)}/${encodeURIComponent(origin.pod)}/log`
    const tail = new Tail(first, {
      open: (query, signal) => cluster.stream(path, { query: toQuery(origin.container, query), signal }),
      cell,
      write: (lines) => lane.write(lines),
      notify: (event) => {
        if (event.type === 'answered') lane.begin()
        notify({ type: 'tail', origin, event })
      },
      isFatal,
      isAbsent,
      pause,
      now
    })
    return {
      origin,
      group: `${origin.role} ${origin.version}`,
      cell,
      lane,
      tail,
      reading: undefined,
      rest: Promise.resolve()
    }
  }

  /** What was written before a pod went may still be on its way: a log that is being read is read to its end. */
  #miss(uid: string): void {
    for (const [key, followed] of this.#followed) {
      if (!key.startsWith(`${uid}/`)) continue
      followed.cell.set({ ...followed.cell.state, isGone: true })
      if (!followed.reading) this.#followed.delete(key)
    }
  }

  #balance(): void {
    const { limit, notify } = this.#options
    for (;;) {
      if (this.#stop.signal.aborted) return
      const candidates = [...this.#followed.values()]
        .filter(({ reading, tail }) => reading !== undefined || tail.isWanted)
        .map((followed) => ({ followed, group: followed.group, isActive: followed.reading !== undefined }))
      const { start, stop } = nextMove(candidates, limit)
      if (start) {
        this.#start(start.followed)
      } else if (stop) {
        stop.followed.reading?.abort()
        stop.followed.reading = undefined
      } else {
        const waiting = candidates.filter(({ isActive }) => !isActive).length
        if (waiting !== this.#waiting)
          notify({ type: 'queue', active: candidates.length - waiting, all: candidates.length })
        this.#waiting = waiting
        return
      }
    }
  }

  #start(followed: Followed): void {
    const reading = new AbortController()
    followed.reading = reading
    followed.rest = followed.rest
      .then(() => this.#read(followed, AbortSignal.any([reading.signal, this.#stop.signal])))
      .catch((error: unknown) => this.#failed.reject(error))
      .finally(() => {
        if (followed.reading === reading) followed.reading = undefined
        this.#forgetGone()
        this.#balance()
      })
  }

  async #read({ origin, lane, tail }: Followed, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#options.notify({ type: 'opened', origin })
    lane.open()
    try {
      await (this.#options.follow ? tail.follow(signal) : tail.read(signal))
    } finally {
      lane.close()
    }
    if (!this.#stop.signal.aborted) this.#options.notify({ type: 'closed', origin })
  }

  #forgetGone(): void {
    for (const [key, { cell, reading }] of this.#followed) if (cell.state.isGone && !reading) this.#followed.delete(key)
  }

  async #allRead(): Promise<void> {
    const isBusy = () =>
      [...this.#followed.values()].some(({ reading, tail }) => reading !== undefined || tail.isWanted)
    while (isBusy()) await Promise.all([...this.#followed.values()].map(({ rest }) => rest))
  }

  async #allStopped(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ rest }) => rest))
  }
}

function originOf(source: Source, { metadata, spec }: Pod, container: string, isOneOfSeveral: boolean): Origin {
  const { role, version } = source
  const { namespace, name: pod } = metadata
  return { role, version, namespace, pod, container, node: spec?.nodeName ?? '', isOneOfSeveral }
}

function toQuery(container: string, { previous, ...query }: LogQuery) {
  return { ...query, container, timestamps: true, ...(previous && { previous }) }
}
