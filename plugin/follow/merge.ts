// Sorts the lines of several logs by their timestamps, within a short window. Bounded: a full lane asks its reader to wait.
// Knows neither logs nor output.
import { Earliest } from './earliest.ts'
import { isBefore, type StampedLine } from './line.ts'
import { MergeLane } from './merge-lane.ts'

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

/** After this long without a line, the next one is emitted at once. */
const PAUSE = 2

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
    const now = this.#options.now()
    const queue = new Earliest(this.#lanes)
    let awaitedUntil = 0
    for (const lane of this.#lanes) awaitedUntil = Math.max(awaitedUntil, lane.awaitedUntil)
    for (;;) {
      const { first, second } = queue
      if (first === undefined) return undefined
      if (awaitedUntil > now) return awaitedUntil - now
      this.#emitRun(first, second?.head)
      awaitedUntil = Math.max(awaitedUntil, first.awaitedUntil)
      queue.moveFirst()
    }
  }

  /** All lines before the first of the others: usually one, but many if one log is far behind. */
  #emitRun(lane: MergeLane<Origin>, limit: StampedLine | undefined): void {
    const isNext = (head: StampedLine) => limit === undefined || isBefore(head, limit)
    do this.#options.emit(lane.origin, lane.shift())
    while (lane.head !== undefined && isNext(lane.head))
  }
}
