// When a log was not read, or only in part: a missing copy of that time means nothing. Knows no line.
import type { Notice } from '../../follow/notices.ts'
import type { Origin } from '../../follow/origin.ts'
import type { TailEvent } from '../../follow/tail.ts'
import { BlindSpans } from './blind-spans.ts'

export class LogGaps {
  readonly #spans = new BlindSpans()
  readonly #follow: boolean

  /** Without `follow`, a log that waits for its turn is read later. */
  constructor(follow: boolean) {
    this.#follow = follow
  }

  has(at: number): boolean {
    return this.#spans.has(at)
  }

  take(notice: Notice, now: number): void {
    if (notice.type === 'queue' && this.#follow) {
      if (notice.active < notice.all) this.#spans.begin(QUEUE, now)
      else this.#spans.end(QUEUE, now)
    }
    if (notice.type === 'closed') this.#spans.end(nameOf(notice.origin), now)
    if (notice.type === 'tail') this.#takeEvent(nameOf(notice.origin), notice.event.type, now)
  }

  #takeEvent(log: string, event: TailEvent['type'], now: number): void {
    if (event === 'broken') this.#spans.begin(log, now)
    if (event === 'connected') this.#spans.end(log, now)
    if (event !== 'gap') return
    // Between the last line read and now.
    this.#spans.begin(log, now)
    this.#spans.end(log, now)
  }
}

const QUEUE = '(waiting logs)'

function nameOf({ namespace, pod, container }: Origin): string {
  return `${namespace}/${pod}/${container}`
}
