// Where a container's log was left off, and which lines of a new request were had before. Knows no stream.
import { isBefore, type Moment, type StampedLine } from './line.ts'

/**
 * `sinceTime` has whole seconds, two lines can carry one timestamp, and stdout and stderr are written side by side, so
 * that their timestamps may be a little out of order. So: the timestamps of every line of the newest second and of the
 * one before. A mere count of lines would skip lines never had, once the log has been rotated.
 */
export class Seen {
  #newest: Second | undefined
  #older: Second | undefined
  #last: Moment | undefined
  #replay: Replay | undefined
  readonly #isPartial: boolean
  /** The oldest line that was had of a log that is wanted in part. */
  #first: Moment | undefined

  /** `isPartial`: not all the log's lines are wanted. A repetition begins with a whole second: it has others, too. */
  constructor(isPartial = false) {
    this.#isPartial = isPartial
  }

  /** `sinceTime` of the next request, in seconds since 1970; undefined before the first line. */
  get since(): number | undefined {
    return this.#newest && this.#newest.seconds - 1
  }

  /** Call before each further request: it repeats lines, which `take` then refuses. */
  beginReplay(): void {
    if (this.#newest === undefined || this.#last === undefined) return
    const counts = new Map<number, Map<number, number>>()
    for (const second of [this.#older, this.#newest]) if (second) counts.set(second.seconds, count(second.nanos))
    this.#replay = { until: this.#newest.seconds, counts, last: this.#last, continuous: false }
  }

  /**
   * Whether the lines of this request join those of the last: it has repeated the very last line. If not, the log was
   * rotated meanwhile, or is another container's.
   */
  get isContinuous(): boolean {
    return this.#replay === undefined || this.#replay.continuous
  }

  /** Later than every line that was had. */
  isNews({ seconds, nanos }: StampedLine): boolean {
    return !this.#last || seconds > this.#last.seconds || (seconds === this.#last.seconds && nanos > this.#last.nanos)
  }

  isKnown({ seconds, nanos }: StampedLine): boolean {
    return (this.#replay?.counts.get(seconds)?.get(nanos) ?? 0) > 0
  }

  /**
   * Older than every line that was had, and repeated with them. Not where the log goes on: there the node's clock was
   * set back.
   */
  isUnwanted(line: StampedLine): boolean {
    return this.#first !== undefined && !this.isContinuous && isBefore(line, this.#first)
  }

  /** False for a line that was had before, or is not wanted. Remembers the line. */
  take(line: StampedLine): boolean {
    if (this.#replay) {
      if (this.isKnown(line)) {
        repeat(line, this.#replay)
        return false
      }
      if (this.isUnwanted(line)) return false
      // Past the last second that can be repeated the timestamps are not needed any more.
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
      // Also where the node's clock was set back: rather a line twice than one lost.
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
