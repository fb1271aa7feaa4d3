// Remembers where reading a container's log stopped, and which lines of a new response are repeated. Knows no stream.
import { isBefore, type Moment, type StampedLine } from './line.ts'

/**
 * `sinceTime` has whole seconds, two lines can have the same timestamp, and stdout and stderr are written in parallel, so
 * their timestamps may be slightly out of order. So this keeps the timestamps of every line of the newest second and the
 * one before. Counting lines would skip unread ones once the log is rotated.
 */
export class Seen {
  #newest: Second | undefined
  #older: Second | undefined
  #last: Moment | undefined
  #replay: Replay | undefined
  readonly #isPartial: boolean
  /** The oldest line read, if only part of the log is wanted. */
  #first: Moment | undefined

  /** `isPartial`: not all lines are wanted, and a repetition, which begins with a whole second, has unwanted ones. */
  constructor(isPartial = false) {
    this.#isPartial = isPartial
  }

  /** `sinceTime` of the next request, in seconds since 1970; undefined before the first line. */
  get since(): number | undefined {
    return this.#newest && this.#newest.seconds - 1
  }

  /** Call before each further request. Its response repeats lines, and `take` returns false for them. */
  beginReplay(): void {
    if (this.#newest === undefined || this.#last === undefined) return
    const counts = new Map<number, Map<number, number>>()
    for (const second of [this.#older, this.#newest]) if (second) counts.set(second.seconds, count(second.nanos))
    this.#replay = { until: this.#newest.seconds, counts, last: this.#last, continuous: false }
  }

  /**
   * Whether this response continues the last one: it has repeated the last line read. Otherwise the log was rotated in
   * between, or belongs to another container.
   */
  get isContinuous(): boolean {
    return this.#replay === undefined || this.#replay.continuous
  }

  /** Later than every line read so far. */
  isNews({ seconds, nanos }: StampedLine): boolean {
    return !this.#last || seconds > this.#last.seconds || (seconds === this.#last.seconds && nanos > this.#last.nanos)
  }

  isKnown({ seconds, nanos }: StampedLine): boolean {
    return (this.#replay?.counts.get(seconds)?.get(nanos) ?? 0) > 0
  }

  /**
   * Older than every line read so far, and repeated with them. If the log continues, the node's clock was set back
   * instead.
   */
  isUnwanted(line: StampedLine): boolean {
    return this.#first !== undefined && !this.isContinuous && isBefore(line, this.#first)
  }

  /** Remembers the line. False if it was read before, or is not wanted. */
  take(line: StampedLine): boolean {
    if (this.#replay) {
      if (this.isKnown(line)) {
        repeat(line, this.#replay)
        return false
      }
      if (this.isUnwanted(line)) return false
      // After the last second that can be repeated, the timestamps are no longer needed.
      if (line.seconds > this.#replay.until) this.#replay.counts.clear()
    }
    this.#remember(line)
    return true
  }

  #remember({ seconds, nanos }: StampedLine): void {
    this.#last = { seconds, nanos }
    if (this.#isPartial && (!this.#first || isBefore(this.#last, this.#first))) this.#first = this.#last
    const newest = this.#newest?.seconds
    if (seconds === newest) {
      this.#newest!.nanos.push(nanos)
    } else if (newest !== undefined && seconds === newest - 1) {
      this.#older ??= { seconds, nanos: [] }
      this.#older.nanos.push(nanos)
    } else {
      // Also if the node's clock was set back: better a line twice than one lost.
      this.#older = newest === seconds - 1 ? this.#newest : undefined
      this.#newest = { seconds, nanos: [nanos] }
    }
  }
}

interface Second {
  readonly seconds: number
  readonly nanos: number[]
}

interface Replay {
  /** The newest second that can be repeated. */
  readonly until: number
  /** Second -> nanosecond -> lines still expected. */
  readonly counts: Map<number, Map<number, number>>
  readonly last: Moment
  continuous: boolean
}

function repeat({ seconds, nanos }: StampedLine, replay: Replay): void {
  const counts = replay.counts.get(seconds)
  counts?.set(nanos, (counts.get(nanos) ?? 0) - 1)
  replay.continuous ||= seconds === replay.last.seconds && nanos === replay.last.nanos
}

function count(nanos: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const one of nanos) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}
