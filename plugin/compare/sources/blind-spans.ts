// When some pod served requests that left no record, or its log was not read: a missing copy of that time means nothing. Bounded.
import type { Notice } from '../../follow/notices.ts'
import type { Origin } from '../../follow/origin.ts'
import type { TailEvent } from '../../follow/tail.ts'

export class BlindSpans {
  /** Pod -> since when. */
  readonly #open = new Map<string, number>()
  readonly #closed: { readonly from: number; readonly to: number }[] = []

  begin(pod: string, now: number): void {
    if (!this.#open.has(pod)) this.#open.set(pod, now - MARGIN)
  }

  end(pod: string, now: number): void {
    const from = this.#open.get(pod)
    if (from === undefined) return
    this.#open.delete(pod)
    this.#closed.push({ from, to: now + MARGIN })
    if (this.#closed.length > MOST) this.#closed.shift()
  }

  has(at: number): boolean {
    return this.#open.values().some((from) => at >= from) || this.#closed.some(({ from, to }) => at >= from && at <= to)
  }
}

/** For a request that was served before a span began while its copy was served after, or the reverse. */
const MARGIN = 2500
const MOST = 1000

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
