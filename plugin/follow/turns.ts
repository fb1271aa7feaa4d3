// Decides which logs are read when there are more than may be read at once: as many of each version. Knows no pod.
import type { Pause } from '../resources/backoff.ts'
import type { Followed } from './followed.ts'
import type { Notify } from './notices.ts'

export interface TurnsOptions {
  /** Logs read at once. */
  readonly limit: number
  readonly read: (followed: Followed, signal: AbortSignal) => Promise<void>
  readonly notify: Notify
  readonly pause: Pause
  /** Called if a log cannot be read at all. */
  readonly fail: (error: unknown) => void
  readonly signal: AbortSignal
}

export class Turns {
  readonly #options: TurnsOptions
  readonly #followed = new Map<string, Followed>()
  readonly #queue: QueueReporter

  constructor(options: TurnsOptions) {
    this.#options = options
    this.#queue = new QueueReporter(options)
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

  /** Stops reading this source's logs at once. */
  drop(source: string): void {
    for (const [key, followed] of this.#followed) {
      if (followed.source !== source) continue
      this.#followed.delete(key)
      followed.reading?.abort()
    }
  }

  /** Lines of a deleted pod may still be in flight, so a log that is being read is read to its end. */
  forgetGone(): void {
    for (const [key, { cell, reading, tail }] of this.#followed) {
      if (!cell.state.isGone || reading) continue
      this.#followed.delete(key)
      if (!this.#options.signal.aborted) tail.leave()
    }
  }

  /** Starts and stops logs; call it whenever something may have changed. */
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
        this.#queue.report(candidates.filter(({ isActive }) => isActive).length, candidates.length)
        return
      }
    }
  }

  /** Resolves when every log has been read to its end, or the signal aborts. */
  async allRead(): Promise<void> {
    // Those whose turn has not come would be waited for without an end.
    while (!this.#options.signal.aborted && this.all().some((followed) => isBusy(followed))) await this.allStopped()
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

export interface Candidate {
  /** A version. Groups share the slots equally. */
  readonly group: string
  readonly isActive: boolean
}

/**
 * At most one of the two: make it, then ask again. `candidates`: in order of arrival. Stops one only if another version has two
 * fewer.
 */
export function nextMove<C extends Candidate>(candidates: readonly C[], limit: number): { start?: C; stop?: C } {
  const active = candidates.filter(({ isActive }) => isActive)
  if (active.length === candidates.length) return {}
  const counts = new Map<string, number>(candidates.map(({ group }) => [group, 0]))
  for (const { group } of active) counts.set(group, counts.get(group)! + 1)
  const waiting = candidates.filter(({ isActive }) => !isActive)
  const start = waiting.reduce((best, one) => (counts.get(one.group)! < counts.get(best.group)! ? one : best))
  if (active.length < limit) return { start }
  const stop = active.reduce((best, one) => (counts.get(one.group)! >= counts.get(best.group)! ? one : best))
  return counts.get(stop.group)! - counts.get(start.group)! >= 2 ? { stop } : {}
}

/** Between two reports: the pods of a rollout come one by one. */
const REST = 10_000

/** Reports how many of all logs are being read, while some have to wait. */
export class QueueReporter {
  readonly #options: Pick<TurnsOptions, 'notify' | 'pause' | 'signal'>
  #active = 0
  #all = 0
  /** Undefined while no log waits. */
  #reported: string | undefined
  #isResting = false

  constructor(options: Pick<TurnsOptions, 'notify' | 'pause' | 'signal'>) {
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
