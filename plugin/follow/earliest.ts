// Which of many logs has the earliest line: a binary heap, because with hundreds of them each line would look at all. Emits nothing.
import { isBefore, type StampedLine } from './line.ts'

/** A log with lines that wait. */
export interface Waiting {
  /** The first of them; undefined: there is none. */
  readonly head: StampedLine | undefined
}

/** Of the lanes that have a line. */
export class Earliest<Lane extends Waiting> {
  readonly #heap: Lane[] = []

  constructor(lanes: Iterable<Lane>) {
    for (const lane of lanes) if (lane.head !== undefined) this.#heap.push(lane)
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  get first(): Lane | undefined {
    return this.#heap[0]
  }

  get second(): Lane | undefined {
    const [, left, right] = this.#heap
    return right !== undefined && isBefore(right.head!, left!.head!) ? right : left
  }

  /** Call it when lines of the first lane were emitted. */
  moveFirst(): void {
    if (this.#heap[0]!.head === undefined) {
      const last = this.#heap.pop()!
      if (this.#heap.length === 0) return
      this.#heap[0] = last
    }
    this.#sink(0)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const lane = heap[from]!
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!.head!, heap[child]!.head!)) child++
      if (!isBefore(heap[child]!.head!, lane.head!)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = lane
  }
}
