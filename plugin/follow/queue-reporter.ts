// Reports how many of all logs are being read, while some have to wait. Knows no log.
import type { Pause } from '../resources/backoff.ts'
import type { Notify } from './notices.ts'

interface QueueReporterOptions {
  readonly notify: Notify
  readonly pause: Pause
  readonly signal: AbortSignal
}

/** Between two reports: the pods of a rollout come one by one. */
const REST = 10_000

export class QueueReporter {
  readonly #options: QueueReporterOptions
  #active = 0
  #all = 0
  /** Undefined while no log waits. */
  #reported: string | undefined
  #isResting = false

  constructor(options: QueueReporterOptions) {
    this.#options = options
  }

  /** Call whenever the counts may have changed. */
  report(active: number, all: number): void {
    this.#active = active
    this.#all = all
    if (!this.#isResting) this.#reportChange()
  }

  #reportChange(): void {
    const counts = this.#active < this.#all ? `${this.#active} ${this.#all}` : undefined
    if (counts === this.#reported) return
    this.#reported = counts
    this.#options.notify({ type: 'queue', active: this.#active, all: this.#all })
    void this.#rest()
  }

  async #rest(): Promise<void> {
    const { pause, signal } = this.#options
    this.#isResting = true
    await pause(REST, signal).catch(() => {})
    if (signal.aborted) return
    this.#isResting = false
    this.#reportChange()
  }
}
