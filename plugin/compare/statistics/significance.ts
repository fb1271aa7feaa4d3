// The statistical tests of an endpoint's matches. Knows no other endpoint: `judge` corrects for many tests.
import { quantileSorted } from 'simple-statistics'
import { binomialAtMost, signFlipTest, signTest } from './chance.ts'
import { sizeDifferences } from './echo.ts'
import { isTimed, type Sample } from './samples.ts'
import { count, percent, signed } from '../../io/format.ts'
import type { Metric, Spread, StatusPair, Verdict } from './verdict.ts'

export interface Test {
  readonly metric: Metric
  readonly text: string
  readonly p: number
  /** The smallest p that this much data can give. Absent: close to 0. */
  readonly least?: number
  /** False: too small to report, however certain. */
  readonly matters: boolean
}

/** The report's description of the tests. Keep it true. */
export const METHODS = {
  status: "McNemar's exact test, for each status",
  latency: 'exact sign-flip permutation test over slices of the run, beyond a margin of 10 % or 2 ms',
  size: 'exact sign test of the matches',
  missing: 'exact binomial test against the share that is mirrored, less 0.1 %',
  correction: "Holm's correction over all endpoints: 1 % risk of one false alarm in a run"
} as const

/**
 * Both versions got the same requests, so only matches that differ matter. A status that either version returns at random
 * occurs on both sides equally often.
 */
export function statusTests(statuses: readonly StatusPair[]): Test[] {
  const total = sumOf(statuses)
  const differing = statuses.filter(({ live, copy }) => live !== copy)
  return [...new Set(differing.flatMap(({ live, copy }) => [live, copy]))].map((status) => {
    const onCopy = sumOf(differing.filter(({ copy }) => copy === status))
    const onLive = sumOf(differing.filter(({ live }) => live === status))
    const text = describeStatuses(differing, total)
    return { metric: 'status', text, p: signTest(onCopy, onLive), matters: matters(onCopy, onLive, total) }
  })
}

function sumOf(pairs: readonly StatusPair[]): number {
  return pairs.reduce((sum, pair) => sum + pair.count, 0)
}

/** `200→500 in 2.1 % (21 of 1,000)`: the most frequent. */
function describeStatuses(differing: readonly StatusPair[], total: number): string {
  const { live, copy, count: times } = differing.reduce((most, one) => (one.count > most.count ? one : most))
  const others = differing.length > 1 ? ', and others' : ''
  return `${live || 'none'}→${copy || 'none'} in ${percent(times / total)} (${count(times)} of ${count(total)})${others}`
}

/** `/bytes/{n}` varies between requests, but not between the two responses to one. */
export function sizeTest(samples: readonly Sample[]): Test[] {
  const { differences } = sizeDifferences(samples)
  const sorted = differences.filter((one) => one !== 0).toSorted((one, other) => one - other)
  if (sorted.length === 0) return []
  const longer = sorted.filter((one) => one > 0).length
  const shorter = sorted.length - longer
  const median = quantileSorted(sorted, 0.5)
  const text = `${count(longer)} copies longer, ${count(shorter)} shorter, of ${count(samples.length)}; mostly by ${signed(median)} B`
  return [{ metric: 'size', text, p: signTest(longer, shorter), matters: matters(longer, shorter, samples.length) }]
}

/** Diffy's: more than a fifth of the differences must be one-sided, and these more than 0.03 % of all. */
function matters(more: number, fewer: number, total: number): boolean {
  const net = Math.abs(more - fewer)
  return net / (more + fewer) > 0.2 && net / total > 0.0003
}

/**
 * For each quantile: do more copies exceed it than live requests do? One stall of a node slows many requests at once, and a
 * test that assumes independence would blame the version. So the run is cut into slices of time, and each slice is one
 * observation. A margin is subtracted first: the copy always starts a little later.
 */
export function latencyTests(samples: readonly Sample[], { live, copy }: Spread): Test[] {
  const slices = slice(samples.filter(isTimed))
  return QUANTILES.map((metric) => {
    const margin = Math.max(MARGIN_MS, MARGIN_SHARE * Math.min(live[metric], copy[metric]))
    const slower = signFlipTest(excess(slices, 'copy', 'live', live[metric], margin))
    const faster = signFlipTest(excess(slices, 'live', 'copy', copy[metric], margin))
    const text = `${metric} ${Math.round(copy[metric])} ms instead of ${Math.round(live[metric])} ms`
    const p = Math.min(1, 2 * Math.min(slower, faster))
    return { metric, text, p, least: 2 ** (1 - slices.length), matters: Math.abs(copy[metric] - live[metric]) > margin }
  })
}

const QUANTILES = ['p50', 'p95', 'p99'] as const
export const MARGIN_MS = 2
export const MARGIN_SHARE = 0.1
const MOST_SLICES = 60
/** Longer than a usual stall (a collection of garbage, a stolen processor). */
const SHORTEST_SLICE = 1000

type Side = 'live' | 'copy'

/** For each slice: how many more of `slow` than of `quick` exceed a quantile of `quick`, less the margin. */
function excess(slices: readonly Sample[][], slow: Side, quick: Side, quantile: number, margin: number): number[] {
  return slices.map((samples) =>
    samples.reduce((sum, one) => sum + Number(one[slow] - margin > quantile) - Number(one[quick] > quantile), 0)
  )
}

function slice(samples: readonly Sample[]): Sample[][] {
  const first = samples[0]?.at ?? 0
  const length = (samples.at(-1)?.at ?? 0) - first + 1
  const width = Math.max(SHORTEST_SLICE, length / MOST_SLICES)
  const slices: Sample[][] = []
  for (const sample of samples) (slices[Math.floor((sample.at - first) / width)] ??= []).push(sample)
  return slices.filter((one) => one !== undefined)
}

/** Envoy draws at random whether to copy a request, so below 100 % the number of copies varies by itself. */
export function arrivalTest({ known, arrived, expected }: Pick<Verdict, 'known' | 'arrived' | 'expected'>): Test[] {
  if (expected === 0) return []
  const text = `${count(arrived)} copies of ${count(Math.round(expected))} expected`
  const p = binomialAtMost(arrived, known, (expected / known) * 0.999)
  return [{ metric: 'missing', text, p, matters: arrived < expected }]
}
