// Waits ever longer between tries, up to a few seconds, so that the return of an API server is noticed soon.
import { setTimeout as sleepFor } from 'node:timers/promises'

/** Rejects when the signal aborts. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>

export const sleep: Pause = async (milliseconds, signal) => sleepFor(milliseconds, undefined, { signal })

const FIRST = 100
const LONGEST = 5000

export class Backoff {
  readonly #pause: Pause
  #next = FIRST

  constructor(pause: Pause) {
    this.#pause = pause
  }

  reset(): void {
    this.#next = FIRST
  }

  /** `wake` may end the wait early. Returns, too, when the signal aborts. */
  async wait(signal: AbortSignal, wake?: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const waits = [this.#pause(this.#next, either), ...(wake ? [wake(either)] : [])]
    this.#next = Math.min(this.#next * 2, LONGEST)
    try {
      await Promise.race(waits)
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      over.abort()
      await Promise.allSettled(waits)
    }
  }
}
