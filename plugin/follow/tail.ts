// Reads one container's log to its end, over as many requests as that takes: no line lost, none twice.
// Knows no cluster and no output.
import type { Readable } from 'node:stream'
import { readResponse } from './log-response.ts'
import { Backoff, type Pause } from '../resources/backoff.ts'
import type { StateCell } from './containers.ts'
import type { StampedLine } from './line.ts'
import { firstQuery, type FirstLines, isPartial, type LogQuery } from './log-query.ts'
import { Seen } from './seen.ts'
import { hasNews, stalls } from './stall.ts'

export interface TailDependencies {
  /** Requests the log; resolves when the response begins. */
  readonly open: (query: LogQuery, signal: AbortSignal) => Promise<Readable>
  /** The container's state, as the API server last sent it. */
  readonly cell: StateCell
  /** Receives lines in the log's order. Returns a promise if the reader should wait. */
  readonly write: (lines: readonly StampedLine[]) => Promise<void> | undefined
  readonly notify: (event: TailEvent) => void
  /** Whether an error ends the tail, because trying again will not help. Not called once a request has succeeded. */
  readonly isFatal: (error: unknown) => boolean
  /** Whether the error says that there is no such log. */
  readonly isAbsent: (error: unknown) => boolean
  readonly pause: Pause
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type TailEvent =
  | { readonly type: 'connected' }
  /** The connection failed, or the kubelet had no log; it is tried again. */
  | { readonly type: 'broken'; readonly error: Error }
  /** Lines may be missing, and why. */
  | { readonly type: 'gap'; readonly reason: string }
  /** Bytes of a line that was too long. */
  | { readonly type: 'cut'; readonly bytes: number }

/** `whole`: the response came to its end; `absent`: there is no such log; `broken`: anything else. */
type ReadOutcome = 'whole' | 'broken' | 'absent'

/** For a log that may no longer exist. */
const TRIES = 5

export class Tail {
  readonly #to: TailDependencies
  readonly #first: FirstLines
  readonly #seen: Seen
  #connectedAt: number | undefined
  #absences = 0
  /** Lines read of the current container. */
  #lines = 0
  /** The containers whose log was read last. Several if the status changed meanwhile: the kubelet may know it earlier. */
  #readIds: ReadonlySet<string> = new Set()
  /** The last response was a newer container's, and the previous one's log was read to its end before it. */
  #isBridged = false
  /** The container whose log was read to its end. */
  #finishedId: string | undefined
  /** The containers whose last response came to its end: there may be more, but nothing is known to be missing. */
  #wholeIds: ReadonlySet<string> = new Set()

  constructor(first: FirstLines, to: TailDependencies) {
    this.#first = first
    this.#seen = new Seen(isPartial(first))
    this.#to = to
  }

  /** Whether a log was not read to its end. */
  get isWanted(): boolean {
    const { id, isGone } = this.#to.cell.state
    return !isGone && id !== undefined && id !== this.#finishedId
  }

  /** Until the container has ended, or the signal aborts. A later call continues there. */
  async follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#to.pause)
    while (this.isWanted && !signal.aborted) {
      const id = this.#to.cell.state.id!
      const hasPrevious = this.#hasPrevious(id)
      if (hasPrevious) await this.#readRestOfPrevious(signal)
      if (signal.aborted) return
      if (hasPrevious) this.#lines = 0
      const lines = this.#lines
      this.#readIds = this.#to.cell.collectIds()
      this.#isBridged = false
      const outcome = await this.#requestUntilStalled(signal, !hasPrevious)
      if (this.#lines > lines) backoff.reset()
      if (signal.aborted || this.#to.cell.state.isGone) return
      // A status that comes after the end of the log ends the wait.
      if (outcome !== 'broken' && this.#hasEnded(id)) await this.#finish(id, outcome, signal)
      if (this.isWanted) await backoff.wait(signal, (either) => this.#to.cell.changed(either))
    }
  }

  /** Call it when the pod is deleted and its log is no longer read. Reports a gap if it was not read to its end. */
  leave(): void {
    const { id } = this.#to.cell.state
    if (id === undefined || id === this.#finishedId || this.#wholeIds.has(id)) return
    this.#to.notify({ type: 'gap', reason: 'its pod was deleted before its log was read to the end' })
  }

  /** Whether the last response may be of an earlier container, not read to its end. */
  #hasPrevious(id: string): boolean {
    if (this.#readIds.size === 0) return false
    return !this.#readIds.has(id) || (this.#readIds.size > 1 && !this.#isBridged)
  }

  /** Reads what there is now, once. */
  async read(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#to.pause)
    this.#finishedId = this.#to.cell.state.id
    for (let tries = 0; tries < TRIES && !signal.aborted; tries++) {
      if ((await this.#request({ follow: false }, signal)) === 'whole') return
      await backoff.wait(signal)
    }
    this.#to.notify({ type: 'gap', reason: 'its log could not be read to the end' })
  }

  #hasEnded(id: string): boolean {
    const { state } = this.#to.cell
    return state.id === id && !state.isRunning
  }

  /** The API server may have ended the response, not the container: request the end of the log again. */
  async #finish(id: string, followed: ReadOutcome, signal: AbortSignal): Promise<void> {
    const outcome = followed === 'whole' ? await this.#request({ follow: false }, signal) : followed
    this.#absences = outcome === 'absent' ? this.#absences + 1 : 0
    const isLost = this.#absences === TRIES
    if (isLost) this.#to.notify({ type: 'gap', reason: 'its log no longer exists' })
    if (isLost || (outcome === 'whole' && this.#hasEnded(id))) this.#finishedId = id
  }

  /** The container was restarted, and the end of the previous one's log may be unread. */
  async #readRestOfPrevious(signal: AbortSignal): Promise<void> {
    const { previousId } = this.#to.cell.state
    if (previousId === this.#finishedId) return
    const isPreviousKnown = [previousId, this.#finishedId].some((id) => id !== undefined && this.#readIds.has(id))
    const isRead = previousId !== undefined && (await this.#readPrevious(signal))
    if ((isPreviousKnown && isRead) || signal.aborted) return
    this.#to.notify({ type: 'gap', reason: 'it was restarted, and the end of its previous log no longer exists' })
  }

  /** False if there is none. */
  async #readPrevious(signal: AbortSignal): Promise<boolean> {
    const backoff = new Backoff(this.#to.pause)
    while (!signal.aborted && !this.#to.cell.state.isGone) {
      const outcome = await this.#request({ follow: false, previous: true }, signal)
      if (outcome !== 'broken') return outcome === 'whole'
      await backoff.wait(signal)
    }
    return false
  }

  /** Gives up a response that has stalled. */
  async #requestUntilStalled(signal: AbortSignal, joins: boolean): Promise<ReadOutcome> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const guard = stalls({
      count: () => this.#lines,
      hasMore: (stop) => this.#hasMore(stop),
      pause: this.#to.pause,
      signal: either
    })
    const stalled = guard.then(() => over.abort())
    try {
      return await this.#request({ follow: true }, either, joins)
    } finally {
      over.abort()
      await stalled
    }
  }

  /** Whether the log has a line that was not received, or will never have one; false if that is unknown. */
  async #hasMore(signal: AbortSignal): Promise<boolean> {
    if (this.#to.cell.state.isGone) return true
    try {
      return await hasNews(await this.#to.open({ follow: false, tailLines: 1 }, signal), this.#seen)
    } catch {
      signal.throwIfAborted()
      return false
    }
  }

  async #request(query: LogQuery, signal: AbortSignal, joins = true): Promise<ReadOutcome> {
    if (query.previous) return this.#ask(query, signal, joins)
    const wholeIds = this.#wholeIds
    this.#wholeIds = new Set()
    const outcome = await this.#ask(query, signal, joins)
    if (outcome === 'whole') this.#wholeIds = new Set(this.#readIds)
    // The log was removed since, which changes nothing about what was read before.
    if (outcome === 'absent') this.#wholeIds = wholeIds
    return outcome
  }

  async #ask(query: LogQuery, signal: AbortSignal, joins: boolean): Promise<ReadOutcome> {
    this.#seen.beginReplay()
    try {
      const response = await this.#to.open({ ...query, ...this.#from() }, signal)
      this.#connectedAt ??= this.#to.now()
      this.#to.notify({ type: 'connected' })
      const kubeletError = await readResponse(response, {
        seen: this.#seen,
        joins: joins && !query.previous && this.#seen.since !== undefined,
        isFinal: !query.follow,
        bridge: () => this.#bridge(signal),
        write: (lines) => this.#write(lines),
        cut: (bytes) => this.#to.notify({ type: 'cut', bytes })
      })
      if (kubeletError === undefined) return 'whole'
      if (!query.previous) this.#to.notify({ type: 'broken', error: new Error(kubeletError) })
      return 'absent'
    } catch (error) {
      if (signal.aborted) return 'broken'
      if (this.#connectedAt === undefined && this.#to.isFatal(error)) throw error
      const isAbsent = this.#to.isAbsent(error)
      // The caller that requested a previous log reports its absence.
      if (!query.previous || !isAbsent) this.#to.notify({ type: 'broken', error: error as Error })
      return isAbsent ? 'absent' : 'broken'
    }
  }

  #write(lines: readonly StampedLine[]): Promise<void> | undefined {
    this.#lines += lines.length
    return this.#to.write(lines)
  }

  /** The log does not continue where reading stopped: it was rotated, or the container restarted and its status lags. */
  async #bridge(signal: AbortSignal): Promise<void> {
    await this.#readPrevious(signal)
    // Do not continue with the newer lines, or the older ones would never be read.
    signal.throwIfAborted()
    this.#isBridged = this.#seen.isContinuous
    this.#seen.beginReplay()
    if (this.#lines > 0 && !this.#isBridged)
      this.#to.notify({ type: 'gap', reason: 'its log was rotated while it was not being read' })
  }

  #from(): Partial<LogQuery> {
    const { since } = this.#seen
    if (since === undefined) return firstQuery(this.#first, this.#to.now(), this.#connectedAt)
    return { sinceTime: `${new Date(since * 1000).toISOString().slice(0, 19)}Z` }
  }
}
