// How many bytes of bodies wait for their pairs at once: the oldest are let go when it gets too much, and counted.
import type { Answer } from './answer.ts'

export class BodyBudget {
  /** Bodies that were let go before they could be compared. */
  letGo = 0
  /** Since when each waits, the oldest first. */
  readonly #held = new Map<Answer, number>()
  #bytes = 0
  readonly #most: number

  constructor(most = 64 << 20) {
    this.#most = most
  }

  hold(answer: Answer, now: number): void {
    this.#held.set(answer, now)
    this.#bytes += sizeOf(answer)
    for (const [oldest, since] of this.#held) {
      const isLate = now - since >= LONGEST_WAIT
      if (!isLate && this.#bytes <= this.#most) break
      if (!isLate) this.letGo++
      this.release(oldest)
    }
  }

  /** It has been compared, or never will be. */
  release(answer: Answer): void {
    if (!this.#held.delete(answer)) return
    this.#bytes -= sizeOf(answer)
    answer.body = undefined
  }
}

/** No pair is made after it. */
const LONGEST_WAIT = 60_000

function sizeOf({ body }: Answer): number {
  return body?.length ?? 0
}
