// When some pod served requests that left no record: a missing copy of that time means nothing. Bounded.

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
