// How many bytes of bodies wait for their pairs at once: the oldest are let go when it gets too much, and counted.
import type { Answer } from './answer.ts'

interface Held {
  readonly answer: Answer
  readonly since: number
}

export class BodyBudget {
  /** Bodies that were let go before they could be compared. */
  letGo = 0
  #held: Held[] = []
  /** What is before it in `#held` is done with. */
  #first = 0
  #bytes = 0
  readonly #most: number

  constructor(most = 64 << 20) {
    this.#most = most
  }

  hold(answer: Answer, now: number): void {
    this.#held.push({ answer, since: now })
    this.#bytes += sizeOf(answer)
    for (let oldest = this.#held[this.#first]; oldest; oldest = this.#held[this.#first]) {
      const isDone = oldest.answer.body === undefined
      if (!isDone && this.#bytes <= this.#most && now - oldest.since < LONGEST_WAIT) break
      if (!isDone && now - oldest.since < LONGEST_WAIT) this.letGo++
      this.release(oldest.answer)
      this.#first++
    }
    if (this.#first > 1000 && this.#first > this.#held.length / 2) {
      this.#held = this.#held.slice(this.#first)
      this.#first = 0
    }
  }

  /** It has been compared, or never will be. */
  release(answer: Answer): void {
    this.#bytes -= sizeOf(answer)
    answer.body = undefined
  }
}

/** No pair is made after it. */
const LONGEST_WAIT = 60_000

function sizeOf({ body }: Answer): number {
  return body?.length ?? 0
}
