// A bounded sample of an endpoint's matches, in columns, for distributions and tests.

/** One match. `NaN`: its records do not show it. */
export interface Sample {
  /** When the live request arrived, milliseconds since 1970. */
  readonly at: number
  readonly live: number
  readonly copy: number
  readonly liveBytes: number
  readonly copyBytes: number
  /** By how many bytes the copy's x-forwarded-for is longer. */
  readonly forwardedBytes: number
}

/** Keeps every match until there are `most`, and from then on a uniform sample of all (Vitter's algorithm R). */
export class Samples {
  seen = 0
  readonly #columns: Record<keyof Sample, Float64Array>
  readonly #most: number
  readonly #random: () => number

  constructor(most = 20_000, random: () => number = Math.random) {
    this.#most = most
    this.#random = random
    const column = () => new Float64Array(new ArrayBuffer(0, { maxByteLength: most * 8 }))
    this.#columns = Object.fromEntries(COLUMNS.map((name) => [name, column()])) as Record<keyof Sample, Float64Array>
  }

  get size(): number {
    return Math.min(this.seen, this.#most)
  }

  add(sample: Sample): void {
    const place = this.seen < this.#most ? this.seen : Math.floor(this.#random() * (this.seen + 1))
    this.seen++
    if (place >= this.#most) return
    for (const name of COLUMNS) {
      const column = this.#columns[name]
      if (place >= column.length) (column.buffer as ArrayBuffer).resize(Math.min(this.#most, 2 * place + 64) * 8)
      column[place] = sample[name]
    }
  }

  /** In the order of time. */
  rows(): Sample[] {
    const { at, live, copy, liveBytes, copyBytes, forwardedBytes } = this.#columns
    const rows: Sample[] = []
    for (let row = 0; row < this.size; row++) {
      rows.push({
        at: at[row]!,
        live: live[row]!,
        copy: copy[row]!,
        liveBytes: liveBytes[row]!,
        copyBytes: copyBytes[row]!,
        forwardedBytes: forwardedBytes[row]!
      })
    }
    return rows.toSorted((one, other) => one.at - other.at)
  }
}

export function isTimed({ live, copy }: Sample): boolean {
  return !Number.isNaN(live) && !Number.isNaN(copy)
}

export function isSized({ liveBytes, copyBytes }: Sample): boolean {
  return !Number.isNaN(liveBytes) && !Number.isNaN(copyBytes)
}

const COLUMNS = ['at', 'live', 'copy', 'liveBytes', 'copyBytes', 'forwardedBytes'] as const
