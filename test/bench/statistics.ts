// Medians, percentiles and ratios of samples. Knows nothing of what was measured.

/** Of the samples of all rounds; between the middle two when they are even. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!
}

/** The smallest sample that `share` of all are at most; `sorted` ascending and not empty. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!
}

/** Round by round, so that what slowed a whole round counts for neither. */
export function pairwise(
  left: readonly number[],
  right: readonly number[],
  combine: (left: number, right: number) => number
): number {
  if (left.length !== right.length) throw new Error(`${left.length} samples cannot be paired with ${right.length}`)
  return median(left.map((sample, round) => combine(sample, right[round]!)))
}
