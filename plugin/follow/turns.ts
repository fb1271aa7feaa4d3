// Reads the logs of what is followed, as many at once as allowed, the others when it is their turn. Knows no pod.
import type { Pause } from '../resources/backoff.ts'
import type { Followed } from './followed.ts'
import type { Notify } from './notice.ts'
import { QueueTeller } from './queue-teller.ts'
import { nextMove } from './slots.ts'

export interface TurnsOptions {
  /** Logs read at once. */
  readonly limit: number
  readonly read: (followed: Followed, signal: AbortSignal) => Promise<void>
  readonly notify: Notify
  readonly pause: Pause
  /** A log that cannot be read at all. */
  readonly fail: (error: unknown) => void
  readonly signal: AbortSignal
}

export class Turns {
  readonly #options: TurnsOptions
  readonly #followed = new Map<string, Followed>()
  readonly #queue: QueueTeller

  constructor(options: TurnsOptions) {
    this.#options = options
    this.#queue = new QueueTeller(options)
  }

  get(key: string): Followed | undefined {
    return this.#followed.get(key)
  }

  all(): readonly Followed[] {
    return [...this.#followed.values()]
  }

  ofPod(uid: string): readonly Followed[] {
    return this.all().filter(({ podUid }) => podUid === uid)
  }

  add(key: string, followed: Followed): void {
    this.#followed.set(key, followed)
  }

  /** Stops reading it at once. */
  drop(source: string): void {
    for (const [key, followed] of this.#followed) {
      if (followed.source !== source) continue
      this.#followed.delete(key)
      followed.reading?.abort()
    }
  }

  /** What was written before a pod went may still be on its way: a log that is being read is read to its end. */
  forgetGone(): void {
    for (const [key, { cell, reading, tail }] of this.#followed) {
      if (!cell.state.isGone || reading) continue
      this.#followed.delete(key)
      if (!this.#options.signal.aborted) tail.leave()
    }
  }

  /** Gives turns; call whenever something may have changed. */
  give(): void {
    const { limit, signal } = this.#options
    while (!signal.aborted) {
      const candidates = this.all()
        .filter((followed) => isBusy(followed))
        .map((followed) => ({ followed, group: groupOf(followed), isActive: followed.reading !== undefined }))
      const { start, stop } = nextMove(candidates, limit)
      if (start) {
        this.#start(start.followed)
      } else if (stop) {
        stop.followed.reading?.abort()
        stop.followed.reading = undefined
      } else {
        this.#queue.tell(candidates.filter(({ isActive }) => isActive).length, candidates.length)
        return
      }
    }
  }

  /** Until no log is wanted any more. */
  async allRead(): Promise<void> {
    while (this.all().some((followed) => isBusy(followed))) await this.allStopped()
  }

  async allStopped(): Promise<void> {
    await Promise.all(this.all().map(({ rest }) => rest))
  }

  #start(followed: Followed): void {
    const { read, fail, signal } = this.#options
    const reading = new AbortController()
    const either = AbortSignal.any([reading.signal, signal])
    followed.reading = reading
    followed.rest = followed.rest
      .then(() => (either.aborted ? undefined : read(followed, either)))
      .catch(fail)
      .finally(() => {
        if (followed.reading === reading) followed.reading = undefined
        this.forgetGone()
        this.give()
      })
  }
}

function isBusy({ reading, tail }: Followed): boolean {
  return reading !== undefined || tail.isWanted
}

function groupOf({ origin: { role, version } }: Followed): string {
  return `${role} ${version}`
}
