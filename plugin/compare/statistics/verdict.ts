// What a run says of one endpoint: types only.
import type { Difference } from '../responses/difference.ts'
import type { Example } from '../responses/example.ts'
import type { Echo } from './echo.ts'
import type { EndpointFields, FieldCounts } from './endpoint-fields.ts'
import type { Judgement } from './noise.ts'
import type { Sample } from './samples.ts'

export type Metric = 'status' | 'p50' | 'p95' | 'p99' | 'size' | 'missing' | 'field'

export const LATENCIES: readonly Metric[] = ['p50', 'p95', 'p99']

export function isLatency(metric: Metric): boolean {
  return LATENCIES.includes(metric)
}

/** Of one endpoint, or of all. */
export interface Counts {
  /** Live requests, however often each was tried. */
  requests: number
  /** Of these, with a copy. */
  copied: number
  /** Requests whose records do not show whether the rules ask for a copy: none of theirs is missing. */
  unknown: number
  /** Of the others, those whose missing copy would have been detected. */
  known: number
  /** Copies of these that the rules ask for: the sum of the shares. */
  expected: number
  /** Of the expected copies, those that arrived. */
  arrived: number
  /** Of the copied, answered by both versions. A canary answers its share of live requests and their copies itself. */
  compared: number
  /** Copied, but not compared: one response was cut off. */
  cut: number
  /** Copies without a live request. */
  orphans: number
  /** Live requests that took more than one attempt. */
  retried: number
}

export interface Verdict extends Readonly<Counts> {
  readonly endpoint: string
  /** Of the expected copies, those that did not arrive: 0..1. */
  readonly missing: number
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
  readonly means: Readonly<Record<'live' | 'copy', number>>
  /** Bytes that the copies are longer on average, without what an echo of x-forwarded-for explains. */
  readonly beyondEcho: number
  /** The differences that such an echo explains. Absent: none. */
  readonly echo?: Echo
}

export type Quantiles = Readonly<Record<'p50' | 'p95' | 'p99', number>>

export interface Finding {
  readonly metric: Metric
  /** In words: `500 instead of 200 in 2.1 %`. */
  readonly text: string
  /** The test's p-value, before correction. Absent: there was no baseline to test against. */
  readonly p?: number
}

export interface FieldsVerdict extends Readonly<
  Pick<EndpointFields, 'compared' | 'baselines' | 'repeated' | 'otherFields'>
> {
  /** How the bodies were compared -> how many matches. */
  readonly comparedAs: Readonly<Record<string, number>>
  /** Status first, then by how often they differ; noise last. */
  readonly fields: readonly FieldVerdict[]
}

export interface FieldVerdict extends Pick<Difference, 'field' | 'kind'> {
  readonly judgement: Judgement
  readonly counts: FieldCounts
  /** Of the compared matches: 0..1, and where the true rate lies, at 99 %. */
  readonly rate: number
  readonly interval: readonly [low: number, high: number]
  readonly example?: Example
}
