// Tells how many logs are read and how many there are, while some have to wait. Knows no log.
import type { Pause } from '../resources/backoff.ts'
import type { Notify } from './notice.ts'

export interface QueueTellerOptions {
  readonly notify: Notify
  readonly pause: Pause
  readonly signal: AbortSignal
}

/** Between two tellings: the pods of a rollout come one by one. */
const REST = 10_000

export class QueueTeller {
  readonly #options: QueueTellerOptions
  #active = 0
  #all = 0
  /** While none waits: nothing. */
  #told: string | undefined
  #isResting = false

  constructor(options: QueueTellerOptions) {
    this.#options = options
  }

  /** Call whenever the counts may have changed. */
  tell(active: number, all: number): void {
    this.#active = active
    this.#all = all
    if (!this.#isResting) this.#tellNews()
  }

  #tellNews(): void {
    const counts = this.#active < this.#all ? `${this.#active} ${this.#all}` : undefined
    if (counts === this.#told) return
    this.#told = counts
    this.#options.notify({ type: 'queue', active: this.#active, all: this.#all })
    void this.#rest()
  }

  async #rest(): Promise<void> {
    const { pause, signal } = this.#options
    this.#isResting = true
    await pause(REST, signal).catch(() => {})
    if (signal.aborted) return
    this.#isResting = false
    this.#tellNews()
  }
}
