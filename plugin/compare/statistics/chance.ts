// Exact tests of whether a difference is chance. Knows no endpoint: numbers in, p-values out.
import { gammaln } from 'simple-statistics'

/** The risk of even one false alarm in a whole run. */
export const RISK = 0.01

/** P(X <= most) where X counts the successes of `trials`, each of `probability`. */
export function binomialAtMost(most: number, trials: number, probability: number): number {
  if (most >= trials || probability === 0) return 1
  if (most < 0 || probability === 1) return 0
  const [success, failure] = [Math.log(probability), Math.log1p(-probability)]
  let sum = 0
  for (let hits = most; hits >= 0; hits--) {
    const ways = gammaln(trials + 1) - gammaln(hits + 1) - gammaln(trials - hits + 1)
    const term = Math.exp(ways + hits * success + (trials - hits) * failure)
    sum += term
    // Below the mean terms only shrink: the rest is negligible.
    if (hits < trials * probability && term < sum * 1e-12) break
  }
  return Math.min(1, sum)
}

/**
 * The sign test (for pairs: McNemar's exact test): if both sides were equal, how likely would the pairs that differ split at
 * least this unevenly? Two-sided.
 */
export function signTest(more: number, fewer: number): number {
  return Math.min(1, 2 * binomialAtMost(Math.min(more, fewer), more + fewer, 0.5))
}

/**
 * The sign-flip permutation test of integers: if each sign were random, how likely would the sum be at least this high? Exact,
 * by counting: the sum is that high if the flipped numbers sum to no more than those below zero.
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs).filter((size) => size > 0)
  const below = differences.reduce((sum, difference) => sum - Math.min(0, difference), 0)
  // chances[s]: of the flipped ones summing to s.
  let chances = new Float64Array(below + 1)
  chances[0] = 1
  for (const size of sizes) {
    const next = new Float64Array(below + 1)
    for (let sum = 0; sum <= below; sum++) {
      next[sum] = chances[sum]! / 2 + (sum >= size ? chances[sum - size]! / 2 : 0)
    }
    chances = next
  }
  return Math.min(
    1,
    chances.reduce((sum, chance) => sum + chance, 0)
  )
}

/**
 * Holm's correction for many tests: which p-values are beyond chance, so that the risk of even one false alarm in the whole
 * run stays below `risk`.
 */
export function beyondChance(values: readonly number[], risk: number): boolean[] {
  const order = values.map((value, index) => ({ value, index })).toSorted((one, other) => one.value - other.value)
  const firstKept = order.findIndex(({ value }, rank) => value > risk / (values.length - rank))
  const beyond = values.map(() => false)
  for (const { index } of firstKept === -1 ? order : order.slice(0, firstKept)) beyond[index] = true
  return beyond
}
