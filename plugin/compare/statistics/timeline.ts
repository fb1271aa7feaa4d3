// Requests over time, in equal intervals that double when the run outgrows them. Bounded.

export interface Interval {
  /** Milliseconds since the epoch. */
  readonly at: number
  requests: number
  copied: number
  /** Compared matches with another status. */
  differing: number
}

export type Event = Pick<Interval, 'requests' | 'copied' | 'differing'>

const MOST = 240

export class Timeline {
  /** Milliseconds of one interval. */
  width = 1000
  #intervals = new Map<number, Interval>()

  add(at: number, event: Event): void {
    this.#addTo(Math.floor(at / this.width) * this.width, event)
    while (this.#intervals.size > MOST) this.#widen()
  }

  /** Sorted by time, without empty intervals. */
  intervals(): Interval[] {
    return [...this.#intervals.values()].toSorted((one, other) => one.at - other.at)
  }

  #addTo(at: number, { requests, copied, differing }: Event): void {
    const interval = this.#intervals.get(at) ?? { at, requests: 0, copied: 0, differing: 0 }
    interval.requests += requests
    interval.copied += copied
    interval.differing += differing
    this.#intervals.set(at, interval)
  }

  #widen(): void {
    const narrow = [...this.#intervals.values()]
    this.width *= 2
    this.#intervals = new Map()
    for (const interval of narrow) this.#addTo(Math.floor(interval.at / this.width) * this.width, interval)
  }
}
