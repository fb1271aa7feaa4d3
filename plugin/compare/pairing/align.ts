// Matches several live requests with their copies by time, in order, with the least total distance. Bounded.

/** For each live request the index of its copy, or undefined. Both lists are sorted by time. */
export function alignByTime(lives: readonly number[], copies: readonly number[]): (number | undefined)[] {
  if (lives.length === copies.length) return lives.map((_, index) => index)
  if (lives.length < copies.length) {
    const partner: (number | undefined)[] = lives.map(() => undefined)
    chooseNearest(copies, lives).forEach((copy, live) => (partner[live] = copy))
    return partner
  }
  const partner: (number | undefined)[] = lives.map(() => undefined)
  chooseNearest(lives, copies).forEach((live, copy) => (partner[live] = copy))
  return partner
}

/**
 * For each of `few` an index into `many`, rising, with the least sum of distances: dynamic programming over how many of
 * `many` are skipped.
 */
function chooseNearest(many: readonly number[], few: readonly number[]): number[] {
  const spare = many.length - few.length
  if (few.length * spare > MOST_CELLS) return chooseGreedily(many, few)
  // best[f][s]: the least sum for the first f of the few when s of the many were left out so far.
  let best = Array.from({ length: spare + 1 }, () => 0)
  const chosen: number[][] = []
  for (const [index, time] of few.entries()) {
    const next: number[] = []
    const left: number[] = []
    for (let skipped = 0; skipped <= spare; skipped++) {
      const here = best[skipped]! + Math.abs(many[index + skipped]! - time)
      const skipOne = next[skipped - 1] ?? Number.POSITIVE_INFINITY
      next.push(Math.min(here, skipOne))
      left.push(here <= skipOne ? skipped : left[skipped - 1]!)
    }
    best = next
    chosen.push(left)
  }
  const result: number[] = []
  let skipped = spare
  for (let index = few.length - 1; index >= 0; index--) {
    skipped = chosen[index]![skipped]!
    result[index] = index + skipped
  }
  return result
}

/** The table takes eight bytes a cell. */
const MOST_CELLS = 1_000_000

/** Without the table: each takes the nearest that leaves enough for the rest. */
function chooseGreedily(many: readonly number[], few: readonly number[]): number[] {
  let next = 0
  return few.map((time, index) => {
    const last = many.length - (few.length - index)
    while (next < last && Math.abs(many[next + 1]! - time) <= Math.abs(many[next]! - time)) next++
    return next++
  })
}
