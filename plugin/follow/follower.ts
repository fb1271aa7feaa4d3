// Follows every chosen container of the versions' pods, as pods come and go: a tail for each, as many at once as allowed.
// Knows neither the command line nor how lines and notices are printed.
import { once } from 'node:events'
import type { Cluster } from '../cluster.ts'
import { formatSelector, listPods, type Pod, podsPath } from '../pods.ts'
import type { Pause } from './backoff.ts'
import { type ContainerState, StateCell, stateOf } from './container-state.ts'
import { chosenContainers, type ContainerChoice } from './containers.ts'
import type { FirstLines, LogQuery } from './log-query.ts'
import type { Lane, Merge } from './merge.ts'
import { watchObjects } from './object-watch.ts'
import type { Origin } from './origin.ts'
import { nextMove } from './slots.ts'
import type { Source } from './sources.ts'
import { Tail, type TailDependencies, type TailEvent } from './tail.ts'

export interface FollowerOptions {
  readonly cluster: Cluster
  readonly choice: ContainerChoice
  readonly first: FirstLines
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
  readonly source: string
  origin: Origin
  readonly cell: StateCell
  readonly lane: Lane<Origin>
  readonly tail: Tail
  /** While its log is read. */
  reading: AbortController | undefined
  /** What is left to do of the last reading. */
  rest: Promise<void>
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #sources = new Map<string, { source: Source; readonly stop: AbortController }>()
  readonly #followed = new Map<string, Followed>()
  readonly #failed = Promise.withResolvers<never>()
  readonly #stop = new AbortController()
  #hasBegun = false
  #waiting = 0

  constructor(options: FollowerOptions) {
    this.#options = options
    // Whoever waits for it is told; nobody may be waiting yet.
    this.#failed.promise.catch(() => {})
  }

  /** Every log, once, as far as it goes now. Rejects where nothing can be read. */
  async read(sources: readonly Source[], signal: AbortSignal): Promise<void> {
    await this.#run(signal, async () => {
      await Promise.all(sources.map((source) => this.#list(source)))
      await this.#allRead()
    })
  }

  /** Until the signal aborts; `follow` says what. Rejects where nothing can be read. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#run(signal, () => once(this.#stop.signal, 'abort'))
  }

  /** Follows these from now on, and no others. Of a version that comes later only new lines are wanted. */
  follow(sources: readonly Source[]): void {
    const first = this.#hasBegun ? { startedAt: this.#options.now(), tailLines: 0 } : this.#options.first
    this.#hasBegun = true
    const keys = new Set(sources.map(({ key }) => key))
    for (const key of this.#sources.keys()) if (!keys.has(key)) this.#leave(key)
    for (const source of sources) {
      const known = this.#sources.get(source.key)
      if (known) this.#rename(source, known)
      else void this.#watch(source, first).catch((error: unknown) => this.#failed.reject(error))
    }
  }

  async #run(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
    const stop = () => this.#stop.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (!signal.aborted) await Promise.race([work(), this.#failed.promise])
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
      await this.#rests()
      await this.#options.merge.drain()
    }
  }

  async #list(source: Source): Promise<void> {
    for (const pod of await listPods(this.#options.cluster, source)) this.#see(source, pod, this.#options.first)
    this.#balance()
  }

  async #watch(source: Source, before: FirstLines): Promise<void> {
    const { cluster, notify, now, pause } = this.#options
    const known = { source, stop: new AbortController() }
    this.#sources.set(source.key, known)
    let first = before
    await watchObjects<Pod>({
      cluster,
      path: podsPath(source.namespace),
      query: { labelSelector: formatSelector(source.selector) },
      signal: AbortSignal.any([known.stop.signal, this.#stop.signal]),
      pause,
      onObject: (pod) => {
        this.#see(known.source, pod, first)
        this.#balance()
      },
      onGone: (uid) => this.#miss(uid),
      // A pod that comes later is new: all its lines are wanted.
      onListed: () => {
        first = { startedAt: now() }
      },
      onBroken: (error) => notify({ type: 'watch', source: known.source, error }),
      onAnswered: () => notify({ type: 'watched', source: known.source })
    })
  }

  #leave(key: string): void {
    this.#sources.get(key)?.stop.abort()
    this.#sources.delete(key)
    for (const [name, followed] of this.#followed) {
      if (followed.source !== key) continue
      this.#followed.delete(name)
      followed.reading?.abort()
    }
  }

  /** A version that has another part from now on, for example a mirror that also answers. */
  #rename(source: Source, known: { source: Source }): void {
    const { role, version } = source
    if (known.source.role === role && known.source.version === version) return
    known.source = source
    for (const followed of this.#followed.values()) {
      if (followed.source !== source.key) continue
      followed.origin = { ...followed.origin, role, version }
      followed.lane.origin = followed.origin
    }
    this.#balance()
  }

  #see(source: Source, pod: Pod, first: FirstLines): void {
    const names = chosenContainers(pod, this.#options.choice)
    for (const name of names) {
      const key = `${pod.metadata.uid}/${name}`
      const known = this.#followed.get(key)
      const state = stateOf(pod, name)
      if (known) known.cell.set(state)
      else this.#followed.set(key, this.#make(source, originOf(source, pod, name, names.length > 1), state, first))
    }
  }

  #make({ key }: Source, origin: Origin, state: ContainerState, first: FirstLines): Followed {
    const { cluster, merge, notify, isFatal, isAbsent, pause, now } = this.#options
    const cell = new StateCell(state)
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
    return { source: key, origin, cell, lane, tail, reading: undefined, rest: Promise.resolve() }
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
        .map((followed) => ({ followed, group: groupOf(followed.origin), isActive: followed.reading !== undefined }))
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

  async #read(followed: Followed, signal: AbortSignal): Promise<void> {
    const { lane, tail } = followed
    if (signal.aborted) return
    this.#options.notify({ type: 'opened', origin: followed.origin })
    lane.open()
    try {
      await (this.#hasBegun ? tail.follow(signal) : tail.read(signal))
    } finally {
      lane.close()
    }
    if (!this.#stop.signal.aborted) this.#options.notify({ type: 'closed', origin: followed.origin })
  }

  #forgetGone(): void {
    for (const [key, { cell, reading }] of this.#followed) if (cell.state.isGone && !reading) this.#followed.delete(key)
  }

  async #allRead(): Promise<void> {
    const isBusy = () =>
      [...this.#followed.values()].some(({ reading, tail }) => reading !== undefined || tail.isWanted)
    while (isBusy()) await this.#rests()
  }

  async #rests(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ rest }) => rest))
  }
}

function groupOf({ role, version }: Origin): string {
  return `${role} ${version}`
}

function originOf(source: Source, { metadata, spec }: Pod, container: string, isOneOfSeveral: boolean): Origin {
  const { role, version } = source
  const { namespace, name: pod } = metadata
  return { role, version, namespace, pod, container, node: spec?.nodeName ?? '', isOneOfSeveral }
}

function toQuery(container: string, { previous, ...query }: LogQuery) {
  return { ...query, container, timestamps: true, ...(previous && { previous }) }
}
