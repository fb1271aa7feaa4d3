// When some pod served requests that nobody saw: what is missing from such a time says nothing. Bounded.

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

/** Of a request whose one half was answered before and the other after. */
const MARGIN = 2500
const MOST = 1000
