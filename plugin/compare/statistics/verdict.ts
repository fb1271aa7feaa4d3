// What a run says of each endpoint: the figures of both versions, and which differences are beyond noise.
// Knows the counts and samples, not how they were gathered or will be shown.
import { mean, quantileSorted } from 'simple-statistics'
import type { FieldsVerdict } from './field-verdict.ts'
import { beyondChance } from './chance.ts'
import { arrivalTest, latencyTests, sizeTest, statusTests, type Test } from './significance.ts'
import type { Metric } from './metric.ts'
import { sizeDifferences, type Echo } from './echo.ts'
import { isSized, isTimed, type Sample } from './samples.ts'
import type { EndpointTally } from './tally.ts'

export interface Verdict {
  readonly endpoint: string
  readonly requests: number
  readonly copied: number
  /** Requests of which the records do not show whether the rules ask for a copy. */
  readonly unknown: number
  /** Of the others, those of which it would have been seen that no copy came. */
  readonly known: number
  /** How many copies of the others the rules ask for, and how many of these came. */
  readonly expected: number
  readonly arrived: number
  /** Of the expected copies, those that did not arrive: 0..1. */
  readonly missing: number
  readonly compared: number
  /** Copied, and not compared: one of the responses was cut off before it came. */
  readonly cut: number
  readonly orphans: number
  readonly retried: number
  readonly statuses: readonly StatusPair[]
  /** Of the compared, with another status: 0..1. */
  readonly statusDiffer: number
  /** Absent: the records tell no duration, or nothing was compared. */
  readonly latency?: Spread
  /** Its requests span too little time for any difference in latency to be beyond noise. */
  readonly isTooShort?: true
  readonly size?: Sizes
  /** Absent: the records show no headers and bodies. */
  readonly fields?: FieldsVerdict
  /** Differences beyond noise. */
  readonly findings: readonly Finding[]
  /** The live latencies and sizes, and those of the copies, for plots: in the order of time. */
  readonly samples: readonly Sample[]
}

export interface StatusPair {
  readonly live: number
  readonly copy: number
  readonly count: number
}

/** Of both versions' values on the same requests. */
export interface Spread {
  readonly pairs: number
  readonly live: Quantiles
  readonly copy: Quantiles
}

export interface Sizes extends Spread {
  readonly longer: number
  readonly shorter: number
  readonly means: Means
  /** Bytes that the copies are longer on average, without what an echo of x-forwarded-for explains. */
  readonly beyondEcho: number
  /** Of the differences, those that it explains. Absent: none. */
  readonly echo?: Echo
}

export interface Means {
  readonly live: number
  readonly copy: number
}

export type Quantiles = Readonly<Record<'p50' | 'p95' | 'p99', number>>

export interface Finding {
  readonly metric: Metric
  /** In words: `500 instead of 200 in 2.1 %`. */
  readonly text: string
  /** The test's, before the correction for many tests. Absent: there was nothing to test against. */
  readonly p?: number
}

/** The risk of even one false alarm in a whole run. */
export const RISK = 0.01

/** `knowsArrivals`: false where a copy may have come without a record that could be read. */
export function judge(endpoints: Iterable<EndpointTally>, knowsArrivals = true): Verdict[] {
  const figures = Array.from(endpoints, (tally) => describe(knowsArrivals ? tally : withoutArrivals(tally)))
  const tests = figures.map((one) => [
    ...statusTests(one.statuses),
    ...(one.latency ? latencyTests(one.samples, one.latency) : []),
    ...(one.size ? sizeTest(one.samples) : []),
    ...arrivalTest(one)
  ])
  const beyond = beyondChance(
    tests.flat().map(({ p }) => p),
    RISK
  )
  const strictest = RISK / beyond.length
  return figures
    .map((one, index) => {
      const mine = beyond.splice(0, tests[index]!.length)
      return {
        ...one,
        ...(tests[index]!.some(({ least = 0 }) => least > strictest) && { isTooShort: true as const }),
        findings: findings(tests[index]!.filter((test, nth) => mine[nth] && test.matters))
      }
    })
    .toSorted(byWeight)
}

/** The tests of one metric are of one question: the clearest answers it. */
function findings(tests: readonly Test[]): Finding[] {
  const clearest = new Map<Metric, Finding>()
  for (const { metric, text, p } of tests) {
    if (p < (clearest.get(metric)?.p ?? 2)) clearest.set(metric, { metric, text, p })
  }
  return [...clearest.values()]
}

/** Endpoints that differ come first: by status before all else. */
export function byWeight(one: Verdict, other: Verdict): number {
  return weight(other) - weight(one) || other.requests - one.requests
}

function weight({ findings: found }: Verdict): number {
  return found.reduce((sum, { metric }) => sum + WEIGHTS[metric], 0)
}

const WEIGHTS: Readonly<Record<Metric, number>> = {
  status: 64,
  missing: 32,
  p50: 4,
  p95: 2,
  p99: 1,
  size: 8,
  field: 16
}

function withoutArrivals(tally: EndpointTally): EndpointTally {
  return { ...tally, unknown: tally.requests, known: 0, expected: 0, arrived: 0 }
}

function describe(tally: EndpointTally): Verdict {
  const { requests, unknown, known, expected, arrived, copied, compared, cut, orphans, retried } = tally
  const statuses = [...tally.statuses].map(([key, count]) => {
    const [live, copy] = key.split(' ').map(Number) as [number, number]
    return { live, copy, count }
  })
  const samples = tally.samples.rows()
  const differing = statuses.reduce((sum, { live, copy, count }) => sum + (live === copy ? 0 : count), 0)
  const latency = spread(samples.filter(isTimed), 'live', 'copy')
  const size = describeSizes(samples)
  return {
    endpoint: tally.name,
    requests,
    copied,
    unknown,
    known,
    expected,
    arrived,
    missing: expected === 0 ? 0 : Math.max(0, 1 - arrived / expected),
    compared,
    cut,
    orphans,
    retried,
    statuses: statuses.toSorted((one, other) => other.count - one.count),
    statusDiffer: compared === 0 ? 0 : differing / compared,
    ...(latency && { latency }),
    ...(size && { size }),
    findings: [],
    samples
  }
}

function describeSizes(samples: readonly Sample[]): Sizes | undefined {
  const sized = samples.filter(isSized)
  const size = spread(sized, 'liveBytes', 'copyBytes')
  if (size === undefined) return undefined
  const { differences, echo } = sizeDifferences(samples)
  return {
    ...size,
    longer: sized.filter(({ liveBytes, copyBytes }) => copyBytes > liveBytes).length,
    shorter: sized.filter(({ liveBytes, copyBytes }) => copyBytes < liveBytes).length,
    means: {
      live: mean(sized.map(({ liveBytes }) => liveBytes)),
      copy: mean(sized.map(({ copyBytes }) => copyBytes))
    },
    beyondEcho: mean([...differences]),
    ...(echo && { echo })
  }
}

function spread(samples: readonly Sample[], live: keyof Sample, copy: keyof Sample): Spread | undefined {
  if (samples.length === 0) return undefined
  const of = (name: keyof Sample): Quantiles => quantiles(samples.map((one) => one[name]))
  return { pairs: samples.length, live: of(live), copy: of(copy) }
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).toSorted() as unknown as number[]
  const at = (share: number): number => quantileSorted(sorted, share)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
