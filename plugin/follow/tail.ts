// Reads one container's log to its end, over as many requests as that takes: no line lost, none twice.
// Knows no cluster and no output: it is given what it needs.
import type { Readable } from 'node:stream'
import { readAnswer } from './answer.ts'
import { Backoff, type Pause } from '../resources/backoff.ts'
import type { StateCell } from './container-state.ts'
import type { StampedLine } from './line.ts'
import { firstQuery, type FirstLines, isPartial, type LogQuery } from './log-query.ts'
import { Seen } from './seen.ts'
import { hasNews, stalls } from './stall.ts'

export interface TailDependencies {
  /** Asks for the log; resolves with the head of the answer. */
  readonly open: (query: LogQuery, signal: AbortSignal) => Promise<Readable>
  /** What the API server last said of the container. */
  readonly cell: StateCell
  /** Takes lines in the log's order; the promise is a wish to get no more for now. */
  readonly write: (lines: readonly StampedLine[]) => Promise<void> | undefined
  readonly notify: (event: TailEvent) => void
  /** Asked of errors of a log that was never answered: whether one ends the tail, since trying again will not heal it. */
  readonly isFatal: (error: unknown) => boolean
  /** The server has answered that there is no such log. */
  readonly isAbsent: (error: unknown) => boolean
  readonly pause: Pause
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type TailEvent =
  | { readonly type: 'answered' }
  /** The connection broke, or could not be made, or the kubelet had no log to give; it is tried again. */
  | { readonly type: 'broken'; readonly error: Error }
  /** Lines may be missing, and why. */
  | { readonly type: 'gap'; readonly reason: string }
  /** Bytes of a line that was too long. */
  | { readonly type: 'cut'; readonly bytes: number }

/** `whole`: the answer came to its end; `absent`: the server or the kubelet has no such log; `broken`: anything else. */
type Outcome = 'whole' | 'broken' | 'absent'

/** Of a log that may not be there any more. */
const TRIES = 5

export class Tail {
  readonly #to: TailDependencies
  readonly #first: FirstLines
  readonly #seen: Seen
  #answeredAt: number | undefined
  #absences = 0
  /** Had of the container that is read. */
  #lines = 0
  /** Whose log was read last: several, if the status changed meanwhile, of which the kubelet knows earlier or later. */
  #readIds: ReadonlySet<string> = new Set()
  /** The last answer was that of a newer container, and the former one's log had been read to its end before it. */
  #isBridged = false
  /** Whose log was read to its end. */
  #finishedId: string | undefined
  /** Whose last answer came to its end: there may be more, but nothing is known to be missing. */
  #wholeIds: ReadonlySet<string> = new Set()

  constructor(first: FirstLines, to: TailDependencies) {
    this.#first = first
    this.#seen = new Seen(isPartial(first))
    this.#to = to
  }

  /** There is a log that was not read to its end. */
  get isWanted(): boolean {
    const { id, isGone } = this.#to.cell.state
    return !isGone && id !== undefined && id !== this.#finishedId
  }

  /** Until the container has ended, or the signal aborts. Called again, it goes on from there. */
  async follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#to.pause)
    while (this.isWanted && !signal.aborted) {
      const id = this.#to.cell.state.id!
      const hasFormer = this.#hasFormer(id)
      if (hasFormer) await this.#readRestOfFormer(signal)
      if (signal.aborted) return
      if (hasFormer) this.#lines = 0
      const lines = this.#lines
      this.#readIds = this.#to.cell.collectIds()
      this.#isBridged = false
      const outcome = await this.#requestUnlessDead(signal, !hasFormer)
      if (this.#lines > lines) backoff.reset()
      if (signal.aborted || this.#to.cell.state.isGone) return
      // A status that comes later than the end of the log wakes the wait.
      if (outcome !== 'broken' && this.#hasEnded(id)) await this.#finish(id, outcome, signal)
      if (this.isWanted) await backoff.wait(signal, (either) => this.#to.cell.changed(either))
    }
  }

  /** The pod is gone: call when the log is not read any more. Says so if it was not read to its end. */
  leave(): void {
    const { id } = this.#to.cell.state
    if (id === undefined || id === this.#finishedId || this.#wholeIds.has(id)) return
    this.#to.notify({ type: 'gap', reason: 'its pod was deleted before its log had been read to its end' })
  }

  /** Whether what was read last may be the log of another container, not read to its end. */
  #hasFormer(id: string): boolean {
    if (this.#readIds.size === 0) return false
    return !this.#readIds.has(id) || (this.#readIds.size > 1 && !this.#isBridged)
  }

  /** What there is now, once. */
  async read(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#to.pause)
    this.#finishedId = this.#to.cell.state.id
    for (let tries = 0; tries < TRIES && !signal.aborted; tries++) {
      if ((await this.#request({ follow: false }, signal)) === 'whole') return
      await backoff.wait(signal)
    }
    this.#to.notify({ type: 'gap', reason: 'it could not be read to its end' })
  }

  #hasEnded(id: string): boolean {
    const { state } = this.#to.cell
    return state.id === id && !state.isRunning
  }

  /** The answer may have ended because the API server did, or after hours: so the log is asked for its end again. */
  async #finish(id: string, followed: Outcome, signal: AbortSignal): Promise<void> {
    const outcome = followed === 'whole' ? await this.#request({ follow: false }, signal) : followed
    this.#absences = outcome === 'absent' ? this.#absences + 1 : 0
    const isLost = this.#absences === TRIES
    if (isLost) this.#to.notify({ type: 'gap', reason: 'its log is no longer there' })
    if (isLost || (outcome === 'whole' && this.#hasEnded(id))) this.#finishedId = id
  }

  /** The container was restarted, and the last that was had of the former one may not have been its end. */
  async #readRestOfFormer(signal: AbortSignal): Promise<void> {
    const { previousId } = this.#to.cell.state
    if (previousId === this.#finishedId) return
    const isFormer = [previousId, this.#finishedId].some((id) => id !== undefined && this.#readIds.has(id))
    const isRead = previousId !== undefined && (await this.#readPrevious(signal))
    if ((isFormer && isRead) || signal.aborted) return
    this.#to.notify({ type: 'gap', reason: 'it was restarted, and the end of its former log is no longer there' })
  }

  /** False where there is none. */
  async #readPrevious(signal: AbortSignal): Promise<boolean> {
    const backoff = new Backoff(this.#to.pause)
    while (!signal.aborted && !this.#to.cell.state.isGone) {
      const outcome = await this.#request({ follow: false, previous: true }, signal)
      if (outcome !== 'broken') return outcome === 'whole'
      await backoff.wait(signal)
    }
    return false
  }

  /** A log that has gone dead is asked for anew. */
  async #requestUnlessDead(signal: AbortSignal, joins: boolean): Promise<Outcome> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const guard = stalls({
      count: () => this.#lines,
      hasMore: (stop) => this.#hasMore(stop),
      pause: this.#to.pause,
      signal: either
    })
    const death = guard.then(() => over.abort())
    try {
      return await this.#request({ follow: true }, either, joins)
    } finally {
      over.abort()
      await death
    }
  }

  /** Whether the log has a line that has not come, or will never have one; false where that cannot be asked now. */
  async #hasMore(signal: AbortSignal): Promise<boolean> {
    if (this.#to.cell.state.isGone) return true
    try {
      return await hasNews(await this.#to.open({ follow: false, tailLines: 1 }, signal), this.#seen)
    } catch {
      signal.throwIfAborted()
      return false
    }
  }

  async #request(query: LogQuery, signal: AbortSignal, joins = true): Promise<Outcome> {
    if (query.previous) return this.#ask(query, signal, joins)
    const wholeIds = this.#wholeIds
    this.#wholeIds = new Set()
    const outcome = await this.#ask(query, signal, joins)
    if (outcome === 'whole') this.#wholeIds = new Set(this.#readIds)
    // The log has been removed since: what was had before is as whole as it was.
    if (outcome === 'absent') this.#wholeIds = wholeIds
    return outcome
  }

  async #ask(query: LogQuery, signal: AbortSignal, joins: boolean): Promise<Outcome> {
    this.#seen.beginReplay()
    try {
      const answer = await this.#to.open({ ...query, ...this.#from() }, signal)
      this.#answeredAt ??= this.#to.now()
      this.#to.notify({ type: 'answered' })
      const refusal = await readAnswer(answer, {
        seen: this.#seen,
        joins: joins && !query.previous && this.#seen.since !== undefined,
        isFinal: !query.follow,
        bridge: () => this.#bridge(signal),
        write: (lines) => this.#write(lines),
        cut: (bytes) => this.#to.notify({ type: 'cut', bytes })
      })
      if (refusal === undefined) return 'whole'
      if (!query.previous) this.#to.notify({ type: 'broken', error: new Error(refusal) })
      return 'absent'
    } catch (error) {
      if (signal.aborted) return 'broken'
      if (this.#answeredAt === undefined && this.#to.isFatal(error)) throw error
      const isAbsent = this.#to.isAbsent(error)
      // Of a previous log, those who asked for it say what its absence means.
      if (!query.previous || !isAbsent) this.#to.notify({ type: 'broken', error: error as Error })
      return isAbsent ? 'absent' : 'broken'
    }
  }

  #write(lines: readonly StampedLine[]): Promise<void> | undefined {
    this.#lines += lines.length
    return this.#to.write(lines)
  }

  /** The log does not go on where it was left: restarted, which the status has yet to say, or rotated. */
  async #bridge(signal: AbortSignal): Promise<void> {
    await this.#readPrevious(signal)
    // Not on with the newer lines, or the older ones would never come.
    signal.throwIfAborted()
    this.#isBridged = this.#seen.isContinuous
    this.#seen.beginReplay()
    if (this.#lines > 0 && !this.#isBridged)
      this.#to.notify({ type: 'gap', reason: 'its log was rotated while it was not being read' })
  }

  #from(): Partial<LogQuery> {
    const { since } = this.#seen
    if (since === undefined) return firstQuery(this.#first, this.#to.now(), this.#answeredAt)
    return { sinceTime: `${new Date(since * 1000).toISOString().slice(0, 19)}Z` }
  }
}
