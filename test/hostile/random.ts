// Random choices that a seed repeats. Knows no review.

export interface Random {
  below(limit: number): number
  chance(share: number): boolean
  pick<T>(items: readonly T[]): T
  /** Mostly 0 to 3, seldom up to hundreds. */
  few(): number
}

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (share) => next() < share,
    pick: (items) => items[below(items.length)]!,
    few: () => Math.floor(next() < 0.02 ? 300 * next() ** 3 : 4 * next())
  }
}
