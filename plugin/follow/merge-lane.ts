// The lines of one log that wait to be merged with others. Bounded: when it is full, its reader is asked to wait. Knows no other log.
import type { StampedLine } from './line.ts'

/** How long a line waits for an older one from a log whose response has not begun. */
const ANSWER_WINDOW = 1000
/** The same, from a log that has sent no line yet. */
const BEGIN_WINDOW = 150
/** The same, from a log that sends lines. One that pauses longer is up to date, and nothing waits for it. */
const NEXT_WINDOW = 50
/** A lane with this many lines or bytes is full. */
const FULL_LINES = 4096
const FULL_BYTES = 1024 * 1024

export class MergeLane<Origin> {
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

  /** The others wait for it until then. */
  get awaitedUntil(): number {
    return this.#isOpen && this.head === undefined ? this.#awaitedUntil : 0
  }
}
