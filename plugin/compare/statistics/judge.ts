// Judges a run: the figures of both versions on each endpoint, and which differences are beyond noise.
// Knows counts and samples, not how they were gathered or will be shown.
import { mean, quantileSorted } from 'simple-statistics'
import { beyondChance, RISK } from './chance.ts'
import { sizeDifferences } from './echo.ts'
import type { FieldsTally } from './field-tally.ts'
import { isSized, isTimed, type Sample } from './samples.ts'
import { arrivalTest, latencyTests, sizeTest, statusTests, type Test } from './significance.ts'
import type { EndpointTally } from './tally.ts'
import type { Finding, Metric, Quantiles, Sizes, Spread, Verdict, FieldsVerdict, FieldVerdict } from './verdict.ts'
import { KINDS } from '../responses/difference.ts'
import type { FieldTally } from './endpoint-fields.ts'
import { percent } from '../../io/format.ts'
import { chanceOf, judgeFields, rateInterval, type Judgement } from './noise.ts'

export interface Known {
  /** False: a copy may have arrived without a readable record. */
  readonly arrivals?: boolean
  /** Absent: the records show no headers and no bodies. */
  readonly fields?: FieldsTally
}

/** Endpoints that differ come first. */
export function judge(endpoints: Iterable<EndpointTally>, { arrivals = true, fields }: Known = {}): Verdict[] {
  const figures = Array.from(endpoints, (tally) => describe(arrivals ? tally : withoutArrivals(tally)))
  const judged: JudgedFields = fields ? fieldVerdicts(fields) : new Map()
  // With a baseline the live version does extra work, so its latency says nothing about the other version.
  const isTimedAlike = fields?.hasBaseline !== true
  const tests = figures.map((one) => [
    ...statusTests(one.statuses),
    ...(one.latency && isTimedAlike ? latencyTests(one.samples, one.latency) : []),
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
      const own = tests[index]!
      const isBeyond = beyond.splice(0, own.length)
      const { verdict, findings = [] } = judged.get(one.endpoint) ?? {}
      return {
        ...one,
        ...(own.some(({ least = 0 }) => least > strictest) && { isTooShort: true as const }),
        ...(verdict && { fields: verdict }),
        findings: [...clearest(own.filter(({ matters }, nth) => isBeyond[nth] && matters)), ...findings]
      }
    })
    .toSorted((one, other) => weight(other) - weight(one) || other.requests - one.requests)
}

/** Of several tests of one metric, the clearest. */
function clearest(tests: readonly Test[]): Finding[] {
  const found = new Map<Metric, Finding>()
  for (const { metric, text, p } of tests) {
    if (p < (found.get(metric)?.p ?? 2)) found.set(metric, { metric, text, p })
  }
  return [...found.values()]
}

function weight({ findings }: Verdict): number {
  return findings.reduce((sum, { metric }) => sum + WEIGHTS[metric], 0)
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
  const { name, statuses: pairs, samples: kept, ...counts } = tally
  const { expected, arrived, compared } = counts
  const statuses = [...pairs].map(([key, count]) => {
    const [live, copy] = key.split(' ').map(Number) as [number, number]
    return { live, copy, count }
  })
  const samples = kept.rows()
  const differing = statuses.reduce((sum, { live, copy, count }) => sum + (live === copy ? 0 : count), 0)
  const latency = spread(samples.filter(isTimed), 'live', 'copy')
  const size = describeSizes(samples)
  return {
    endpoint: name,
    ...counts,
    missing: expected === 0 ? 0 : Math.max(0, 1 - arrived / expected),
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

type JudgedFields = Map<string, { readonly verdict: FieldsVerdict; readonly findings: readonly Finding[] }>

/** By endpoint. All fields of a run are judged together, because each test may be a false alarm. */
function fieldVerdicts(tally: FieldsTally): JudgedFields {
  const all = [...tally.endpoints].flatMap(([endpoint, { baselines, fields }]) =>
    Array.from(fields.values(), (field) => ({ endpoint, baselines, kind: field.kind, counts: field.counts, field }))
  )
  const judgements = judgeFields(all, tally.hasBaseline)
  const judged = all.map((one, index) => ({ ...one, judgement: judgements[index]! }))
  return new Map(
    Array.from(tally.endpoints, ([endpoint, { compared, baselines, repeated, comparedAs, otherFields }]) => {
      const own = judged.filter((one) => one.endpoint === endpoint && one.counts.raw > 0)
      const fields = own.map(({ field, judgement }) => describeField(field, judgement, compared)).toSorted(byImportance)
      const found = fields.filter(({ field, judgement }) => judgement === 'differs' && field !== 'status')
      const verdict = { compared, baselines, repeated, comparedAs: Object.fromEntries(comparedAs), fields, otherFields }
      return [endpoint, { verdict, findings: found.map((field) => toFinding(field, baselines)) }]
    })
  )
}

function describeField(
  { field, kind, counts, example }: FieldTally,
  judgement: Judgement,
  compared: number
): FieldVerdict {
  return {
    field,
    kind,
    judgement,
    counts,
    rate: counts.raw / compared,
    interval: rateInterval(counts.raw, compared),
    ...(example && { example })
  }
}

function toFinding({ field, kind, rate, interval: [low, high], counts }: FieldVerdict, baselines: number): Finding {
  const text = `${field}: ${KINDS[kind]} in ${percent(rate)} (${percent(low)} to ${percent(high)})`
  return { metric: 'field', text, ...(baselines > 0 && { p: chanceOf(counts) }) }
}

const ORDER: readonly Judgement[] = ['differs', 'unclear', 'may be noise', 'noise']

function byImportance(one: FieldVerdict, other: FieldVerdict): number {
  const rank = ({ field, judgement }: FieldVerdict): number =>
    ORDER.indexOf(judgement) - (field === 'status' && judgement === 'differs' ? 1 : 0)
  return rank(one) - rank(other) || other.rate - one.rate
}
