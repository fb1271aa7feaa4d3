// How far reading is behind: whether records come later than they did. Clocks may differ, so only the change counts. Pure.

/** Milliseconds over which the least delay counts: some records come late by themselves. */
const WIDTH = 1000

export class Lag {
  /** The least delay of all. */
  #least = Number.POSITIVE_INFINITY
  /** Of the last whole interval, and of the one that is being filled. */
  #last = Number.POSITIVE_INFINITY
  #present = Number.POSITIVE_INFINITY
  #began = Number.NEGATIVE_INFINITY

  /** `over`: when the request was over, by another clock than `now`. */
  take(over: number, now: number): void {
    if (now - this.#began >= WIDTH) {
      if (Number.isFinite(this.#present)) this.#last = this.#present
      this.#present = Number.POSITIVE_INFINITY
      this.#began = now
    }
    const delay = now - over
    this.#present = Math.min(this.#present, delay)
    this.#least = Math.min(this.#least, delay)
  }

  /** Milliseconds. */
  get behind(): number {
    const recent = Number.isFinite(this.#last) ? this.#last : this.#present
    return Number.isFinite(recent) ? Math.max(0, recent - this.#least) : 0
  }
}
