// Follows every chosen container of the versions' pods, as pods come and go and versions change.
// Knows neither the command line nor how lines and notices are printed.
import { once } from 'node:events'
import { ApiError } from '../io/errors.ts'
import { formatSelector, listPods, podsPath, type Pod } from '../resources/pods.ts'
import { chosenContainers, stateOf, statusesOf, type ContainerChoice } from './containers.ts'
import { makeFollowed, type Followed, type FollowedDependencies } from './followed.ts'
import type { FirstLines } from './log-query.ts'
import { watchObjects } from '../resources/object-watch.ts'
import { FatalErrors } from './fatal-errors.ts'
import type { Selection } from './origin.ts'
import { Turns } from './turns.ts'

export interface FollowerOptions extends Omit<FollowedDependencies, 'isFatal'> {
  readonly choice: ContainerChoice
  readonly first: FirstLines
  /** Most logs read at once. */
  readonly limit: number
  /** One version alone is useless: without one of them the run ends. */
  readonly needsEvery?: boolean
}

interface Watched {
  source: Selection
  readonly stop: AbortController
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #turns: Turns
  readonly #lists: FatalErrors
  readonly #logs: FatalErrors
  readonly #watched = new Map<string, Watched>()
  /** By source, the containers that were not chosen. */
  readonly #others = new Map<string, Set<string>>()
  /** The sources to follow now. */
  #keys: ReadonlySet<string> = new Set()
  readonly #failed = Promise.withResolvers<never>()
  readonly #stop = new AbortController()
  #hasBegun = false

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#lists = new FatalErrors(options.needsEvery === true)
    this.#logs = new FatalErrors(options.needsEvery === true)
    // `#work` reports it, also if it is rejected before `#work` waits for it.
    this.#failed.promise.catch(() => {})
    this.#turns = new Turns({
      limit: options.limit,
      read: (followed, signal) => this.#readLog(followed, signal),
      notify: options.notify,
      pause: options.pause,
      fail: (error) => this.#failed.reject(error),
      signal: this.#stop.signal
    })
  }

  /** Reads every log once, to its present end. Rejects if no version can be read, or with `needsEvery` any one cannot. */
  async read(sources: readonly Selection[], signal: AbortSignal): Promise<void> {
    await this.#work(signal, async () => {
      this.#keys = new Set(sources.map(({ key }) => key))
      await Promise.all(sources.map((source) => this.#list(source)))
      await this.#turns.allRead()
    })
  }

  /** Follows these from now on, and no others. A version that is added later starts with its new lines. */
  follow(sources: readonly Selection[]): void {
    const first = this.#hasBegun ? { startedAt: this.#options.now(), tailLines: 0 } : this.#options.first
    this.#hasBegun = true
    this.#keys = new Set(sources.map(({ key }) => key))
    for (const key of this.#watched.keys()) if (!this.#keys.has(key)) this.#leave(key)
    for (const source of sources) {
      const known = this.#watched.get(source.key)
      if (known) this.#rename(known, source)
      else void this.#watch(source, first).catch((error: unknown) => this.#failed.reject(error))
    }
  }

  /** Until the signal aborts. Rejects as `read` does. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#work(signal, () => once(this.#stop.signal, 'abort'))
  }

  async #work(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
    const stop = () => this.#stop.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (!signal.aborted) await Promise.race([work(), this.#failed.promise])
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
      await this.#turns.allStopped()
      await this.#options.merge.drain()
    }
  }

  async #list(source: Selection): Promise<void> {
    const { cluster, first, notify } = this.#options
    try {
      for (const pod of await listPods(cluster, source)) this.#see(source, pod, first)
    } catch (error) {
      if (this.#lists.isFinal(source.key, this.#keys)) throw error
      return notify({ type: 'unlisted', source, error: error as Error })
    }
    this.#begin(source)
  }

  async #watch(source: Selection, before: FirstLines): Promise<void> {
    const { cluster, notify, now, pause } = this.#options
    const watched: Watched = { source, stop: new AbortController() }
    this.#watched.set(source.key, watched)
    let first = before
    let isListed = false
    await watchObjects<Pod>({
      cluster,
      path: podsPath(source.namespace),
      query: { labelSelector: formatSelector(source.selector) },
      signal: AbortSignal.any([watched.stop.signal, this.#stop.signal]),
      pause,
      onObject: (pod) => {
        this.#see(watched.source, pod, first)
        if (isListed) this.#turns.give()
      },
      onGone: (uid) => this.#miss(uid),
      onListed: () => {
        // A pod that comes later is new: read all its lines.
        first = { startedAt: now() }
        isListed = true
        this.#begin(watched.source)
      },
      isFinal: () => this.#lists.isFinal(source.key, this.#keys),
      onBroken: (error) => notify({ type: 'watch', source: watched.source, error }),
      onAnswered: () => notify({ type: 'watched', source: watched.source })
    })
  }

  #begin(source: Selection): void {
    this.#lists.works(source.key)
    if (!this.#turns.all().some(({ source: key }) => key === source.key)) {
      this.#options.notify({ type: 'empty', source, others: [...(this.#others.get(source.key) ?? [])].toSorted() })
    }
    this.#turns.give()
  }

  #leave(key: string): void {
    this.#watched.get(key)?.stop.abort()
    this.#watched.delete(key)
    this.#turns.drop(key)
  }

  /** A version whose role changes, for example a mirror that now also serves callers. */
  #rename(watched: Watched, source: Selection): void {
    const { role, version } = source
    if (watched.source.role === role && watched.source.version === version) return
    watched.source = source
    for (const followed of this.#turns.all()) {
      if (followed.source !== source.key) continue
      followed.origin = { ...followed.origin, role, version }
      followed.lane.origin = followed.origin
    }
    this.#turns.give()
  }

  #see(source: Selection, pod: Pod, first: FirstLines): void {
    const names = chosenContainers(pod, this.#options.choice)
    const others = statusesOf(pod).flatMap(({ name }) => (names.includes(name) ? [] : [name]))
    this.#others.set(source.key, new Set([...(this.#others.get(source.key) ?? []), ...others]))
    for (const name of names) {
      const key = `${pod.metadata.uid}/${name}`
      const known = this.#turns.get(key)
      const container = { name, isOneOfSeveral: names.length > 1 }
      if (known) known.cell.set(stateOf(pod, name))
      else this.#turns.add(key, makeFollowed(source, pod, container, first, this.#dependenciesOf(source.key)))
    }
  }

  /** Whether a refused log ends the run depends on the other logs. */
  #dependenciesOf(key: string): FollowedDependencies {
    const { notify } = this.#options
    return {
      ...this.#options,
      notify: (notice) => {
        if (notice.type === 'tail' && notice.event.type === 'connected') this.#logs.works(key)
        notify(notice)
      },
      isFatal: (error) =>
        error instanceof ApiError &&
        (error.status === 401 || error.status === 403) &&
        this.#logs.isFinal(key, this.#keysWithLogs())
    }
  }

  /** Includes sources whose pods are not listed yet. */
  #keysWithLogs(): string[] {
    const found = new Set(this.#turns.all().map(({ source }) => source))
    return [...this.#keys].filter((key) => found.has(key) || this.#lists.isPending(key))
  }

  #miss(uid: string): void {
    for (const { cell } of this.#turns.ofPod(uid)) cell.set({ ...cell.state, isGone: true })
    this.#turns.forgetGone()
  }

  async #readLog(followed: Followed, signal: AbortSignal): Promise<void> {
    const { lane, tail } = followed
    const { notify } = this.#options
    notify({ type: 'opened', origin: followed.origin })
    lane.open()
    try {
      await (this.#hasBegun ? tail.follow(signal) : tail.read(signal))
    } finally {
      lane.close()
    }
    if (!this.#stop.signal.aborted) notify({ type: 'closed', origin: followed.origin })
  }
}
