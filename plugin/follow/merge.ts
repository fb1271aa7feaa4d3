// Sorts the lines of several logs by their timestamps, within a short window. Bounded: a full lane asks its reader to wait.
// Knows neither logs nor output.
import { isBefore, type StampedLine } from './line.ts'

export interface MergeOptions<Origin> {
  /** Receives the next line. */
  readonly emit: (origin: Origin, line: StampedLine) => void
  /** Called after some lines. Returns a promise if the output is slow: no line is emitted until it resolves. */
  readonly flush: () => Promise<void> | undefined
  /** Milliseconds, never set back. */
  readonly now: () => number
  /** Runs the act later; with 0 after what has already arrived. Returns how to cancel it. */
  readonly later: (milliseconds: number, act: () => void) => () => void
}

/** The real clock and timers. */
export const REAL_TIME: Pick<MergeOptions<unknown>, 'now' | 'later'> = {
  now: () => performance.now(),
  later: (milliseconds, act) => {
    if (milliseconds === 0) {
      const immediate = setImmediate(act)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(act, milliseconds)
    return () => clearTimeout(timer)
  }
}

export type Lane<Origin> = Pick<MergeLane<Origin>, 'origin' | 'open' | 'begin' | 'write' | 'close'>

/** How long a line waits for an older one from a log whose response has not begun. */
const ANSWER_WINDOW = 1000
/** The same, from a log that has sent no line yet. */
const BEGIN_WINDOW = 150
/** The same, from a log that sends lines. One that pauses longer is up to date, and nothing waits for it. */
const NEXT_WINDOW = 50
/** After this long without a line, the next one is emitted at once. */
const PAUSE = 2
/** A lane with this many lines or bytes is full. */
const FULL_LINES = 4096
const FULL_BYTES = 1024 * 1024

export class Merge<Origin> {
  readonly #options: MergeOptions<Origin>
  readonly #lanes = new Set<MergeLane<Origin>>()
  #isScheduled = false
  #pumpedAt = 0
  /** Set while the output is slow. */
  #blocked: Promise<void> | undefined
  #cancel: (() => void) | undefined

  constructor(options: MergeOptions<Origin>) {
    this.#options = options
  }

  /** One for each log, over all its requests. */
  lane(origin: Origin): Lane<Origin> {
    return new MergeLane(origin, this.#options.now, this.#lanes, () => this.#schedule())
  }

  /** Resolves when every line has been emitted and flushed. */
  async drain(): Promise<void> {
    for (const lane of this.#lanes) lane.close()
    while (this.#lanes.size > 0) await (this.#blocked ?? this.#pump())
    await this.#blocked
  }

  /** At once after a pause, so that a single line does not wait; in a flood, once for all that has arrived. */
  #schedule(): void {
    if (this.#isScheduled || this.#blocked) return
    if (this.#options.now() - this.#pumpedAt > PAUSE) {
      this.#pump()
      return
    }
    this.#isScheduled = true
    this.#options.later(0, () => {
      this.#isScheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#blocked) return
    const wait = this.#emitRuns()
    for (const lane of this.#lanes) if (lane.isOver) this.#lanes.delete(lane)
    if (wait !== undefined) this.#cancel = this.#options.later(wait, () => this.#pump())
    this.#pumpedAt = this.#options.now()
    const drained = this.#options.flush()
    if (drained) this.#blocked = this.#resume(drained)
  }

  async #resume(drained: Promise<void>): Promise<void> {
    await drained
    this.#blocked = undefined
    this.#schedule()
  }

  /** Emits what may be emitted. If lines are held back, returns how long to wait before the next try. */
  #emitRuns(): number | undefined {
    for (;;) {
      const { first, second } = this.#earliest()
      if (first === undefined) return undefined
      const wait = this.#patience()
      if (wait > 0) return wait
      this.#emitRun(first, second?.head)
    }
  }

  /** All lines before the first of the others: usually one, but many if one log is far behind. */
  #emitRun(lane: MergeLane<Origin>, limit: StampedLine | undefined): void {
    const isNext = (head: StampedLine) => limit === undefined || isBefore(head, limit)
    do this.#options.emit(lane.origin, lane.shift())
    while (lane.head !== undefined && isNext(lane.head))
  }

  /** The lanes with the earliest and the second earliest line. */
  #earliest(): { first?: MergeLane<Origin>; second?: MergeLane<Origin> } {
    let first: MergeLane<Origin> | undefined
    let second: MergeLane<Origin> | undefined
    for (const lane of this.#lanes) {
      if (lane.head === undefined) continue
      if (first === undefined || isBefore(lane.head, first.head!)) {
        second = first
        first = lane
      } else if (second === undefined || isBefore(lane.head, second.head!)) {
        second = lane
      }
    }
    return { ...(first && { first }), ...(second && { second }) }
  }

  #patience(): number {
    const now = this.#options.now()
    let wait = 0
    for (const lane of this.#lanes) wait = Math.max(wait, lane.awaited(now))
    return wait
  }
}

/** The lines of one log that wait to be emitted. */
class MergeLane<Origin> {
  /** Lines emitted after a change have the new one. */
  origin: Origin
  readonly #now: () => number
  readonly #lanes: Set<MergeLane<Origin>>
  readonly #arrived: () => void
  #isOpen = false
  #lines: StampedLine[] = []
  #at = 0
  #bytes = 0
  /** Until then the others wait for this lane if it is empty. */
  #awaitedUntil = 0
  #room: (() => void) | undefined

  constructor(origin: Origin, now: () => number, lanes: Set<MergeLane<Origin>>, arrived: () => void) {
    this.origin = origin
    this.#now = now
    this.#lanes = lanes
    this.#arrived = arrived
  }

  get head(): StampedLine | undefined {
    return this.#lines[this.#at]
  }

  get isOver(): boolean {
    return !this.#isOpen && this.head === undefined
  }

  get #isFull(): boolean {
    return this.#lines.length - this.#at >= FULL_LINES || this.#bytes >= FULL_BYTES
  }

  /** The log is being requested: its lines may be older than others', which wait a little for them. */
  open(): void {
    this.#isOpen = true
    this.#lanes.add(this)
    this.#awaitedUntil = this.#now() + ANSWER_WINDOW
  }

  /** The response has begun. */
  begin(): void {
    this.#awaitedUntil = this.#now() + BEGIN_WINDOW
  }

  /** No more lines for now. Those written are still emitted. */
  close(): void {
    this.#isOpen = false
    this.#arrived()
  }

  /** Returns a promise if the reader should wait. */
  write(lines: readonly StampedLine[]): Promise<void> | undefined {
    if (lines.length === 0) return undefined
    const now = this.#now()
    const isLate = this.head === undefined && now >= this.#awaitedUntil
    this.#awaitedUntil = isLate ? 0 : now + NEXT_WINDOW
    for (const line of lines) {
      this.#lines.push(line)
      this.#bytes += line.end - line.start
    }
    this.#arrived()
    if (!this.#isFull) return undefined
    return new Promise((resolve) => {
      this.#room = resolve
    })
  }

  shift(): StampedLine {
    const line = this.#lines[this.#at++]!
    this.#bytes -= line.end - line.start
    // Not for each line: slicing moves the rest, and keeps emitted lines in memory until then.
    if (this.#at * 2 >= this.#lines.length) {
      this.#lines = this.#lines.slice(this.#at)
      this.#at = 0
    }
    if (this.#room && !this.#isFull) {
      this.#room()
      this.#room = undefined
    }
    return line
  }

  awaited(now: number): number {
    return this.#isOpen && this.head === undefined ? Math.max(0, this.#awaitedUntil - now) : 0
  }
}
