// Puts the lines of several logs in the order of their timestamps, within a short window. Bounded: a full lane asks its
// reader to wait. Knows neither logs nor output.
import { isBefore, type StampedLine } from './line.ts'

export interface MergeOptions<Origin> {
  /** Takes the next line. */
  readonly emit: (origin: Origin, line: StampedLine) => void
  /** After some lines: where this gives a promise, the reader of the output is slow, and no line is emitted until then. */
  readonly flush: () => Promise<void> | undefined
  /** Milliseconds, never set back. */
  readonly now: () => number
  /** Runs the act later; at 0 as soon as what has arrived by now has been taken. Returns how to call it off. */
  readonly later: (milliseconds: number, act: () => void) => () => void
}

/** One log's lines on their way. */
export interface Lane<Origin> {
  /** May change; lines emitted from then on have the new one. */
  origin: Origin
  /** A reading of the log begins: its lines may be older than others', which wait for them a little. */
  open(): void
  /** It has been answered. */
  begin(): void
  /** The promise is a wish to get no more for now. */
  write(lines: readonly StampedLine[]): Promise<void> | undefined
  /** No more lines for now; those written are still emitted. */
  close(): void
}

/** How long a line waits for an older one of a log that has not answered yet, */
const ANSWER_WINDOW = 1000
/** ... of one that has answered and sent no line yet, */
const BEGIN_WINDOW = 150
/** ... and of one that sends line after line. A log that pauses longer is up to date: nobody waits for it any more. */
const NEXT_WINDOW = 50
/** After so long without a line the next one is emitted as it comes. */
const PAUSE = 2
/** A lane with so many lines, or so many bytes of them, is full. */
const FULL_LINES = 4096
const FULL_BYTES = 1024 * 1024

export class Merge<Origin> {
  readonly #options: MergeOptions<Origin>
  readonly #lanes = new Set<MergeLane<Origin>>()
  #isScheduled = false
  #pumpedAt = 0
  /** While the reader of the output has enough. */
  #blocked: Promise<void> | undefined
  #callOff: (() => void) | undefined

  constructor(options: MergeOptions<Origin>) {
    this.#options = options
  }

  /** Made for a log over all its readings. */
  lane(origin: Origin): Lane<Origin> {
    return new MergeLane(origin, this.#options.now, this.#lanes, () => this.#schedule())
  }

  /** Resolves when every line that was written has been emitted and taken. */
  async drain(): Promise<void> {
    for (const lane of this.#lanes) lane.close()
    while (this.#lanes.size > 0) await (this.#blocked ?? this.#pump())
    await this.#blocked
  }

  /** At once after a pause: a single line is not kept waiting. In a flood, once for all that has arrived. */
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
    this.#callOff?.()
    this.#callOff = undefined
    if (this.#blocked) return
    const wait = this.#emitRuns()
    for (const lane of this.#lanes) if (lane.isOver) this.#lanes.delete(lane)
    if (wait !== undefined) this.#callOff = this.#options.later(wait, () => this.#pump())
    this.#pumpedAt = this.#options.now()
    const drained = this.#options.flush()
    if (drained) this.#blocked = this.#resume(drained)
  }

  async #resume(drained: Promise<void>): Promise<void> {
    await drained
    this.#blocked = undefined
    this.#schedule()
  }

  /** Emits what may be emitted; returns how long to wait before asking again, if lines are held back. */
  #emitRuns(): number | undefined {
    for (;;) {
      const { first, second } = this.#earliest()
      if (first === undefined) return undefined
      const wait = this.#patience()
      if (wait > 0) return wait
      this.#emitRun(first, second?.head)
    }
  }

  /** All that come before the others' first: mostly one line, but many where one log is far behind. */
  #emitRun(lane: MergeLane<Origin>, limit: StampedLine | undefined): void {
    const isNext = (head: StampedLine) => limit === undefined || isBefore(head, limit)
    do this.#options.emit(lane.origin, lane.shift())
    while (lane.head !== undefined && isNext(lane.head))
  }

  /** The lanes with the earliest line and the next to earliest. */
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

class MergeLane<Origin> implements Lane<Origin> {
  origin: Origin
  readonly #now: () => number
  readonly #lanes: Set<MergeLane<Origin>>
  readonly #arrived: () => void
  #isOpen = false
  #lines: StampedLine[] = []
  #at = 0
  #bytes = 0
  /** Until then the others wait for this lane while it is empty. */
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

  open(): void {
    this.#isOpen = true
    this.#lanes.add(this)
    this.#awaitedUntil = this.#now() + ANSWER_WINDOW
  }

  begin(): void {
    this.#awaitedUntil = this.#now() + BEGIN_WINDOW
  }

  close(): void {
    this.#isOpen = false
    this.#arrived()
  }

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
    // Not at each line: what is left is moved, and what was emitted is held until then.
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
