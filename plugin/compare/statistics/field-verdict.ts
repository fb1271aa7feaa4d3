// What a run says of the fields of each endpoint's answers. Knows the counts, not how they will be shown.
import { isLatency } from './metric.ts'
import { byWeight, type Finding, type Verdict } from './verdict.ts'
import { percent } from './format.ts'
import { KINDS, type Difference } from '../responses/difference.ts'
import type { Example } from '../responses/example.ts'
import type { FieldTally } from './endpoint-fields.ts'
import type { FieldsTally } from './field-tally.ts'
import { chanceOf, judgeFields, rateInterval, type FieldCounts, type Judgement } from './noise.ts'

export interface FieldsVerdict {
  /** Pairs whose whole answers were compared, and of these with a baseline. */
  readonly compared: number
  readonly baselines: number
  /** Answers of the live version that could be compared with one before, to the same request. */
  readonly repeated: number
  /** How the bodies could be compared -> how many pairs. */
  readonly comparedAs: Readonly<Record<string, number>>
  /** Status first, then by how often they differ; noise last. */
  readonly fields: readonly FieldVerdict[]
  /** Differences in fields beyond what is kept. */
  readonly otherFields: number
}

export interface FieldVerdict extends Pick<Difference, 'field' | 'kind'> {
  readonly judgement: Judgement
  readonly counts: FieldCounts
  /** Of the compared pairs: 0..1, and where the true rate lies, at 99 %. */
  readonly rate: number
  readonly interval: readonly [low: number, high: number]
  readonly example?: Example
}

/** Fields are judged together over all endpoints. With a baseline latency is not judged: see `withoutLatency`. */
export function withFields(verdicts: readonly Verdict[], tally: FieldsTally | undefined): Verdict[] {
  if (tally === undefined) return [...verdicts]
  const asked = [...tally.endpoints].flatMap(([endpoint, { baselines, fields }]) =>
    [...fields.values()].map((field) => ({ endpoint, baselines, kind: field.kind, counts: field.counts, field }))
  )
  const baseline = tally.hasBaseline
  const judgements = judgeFields(asked, baseline)
  const judged = asked.map((one, index) => ({ ...one, judgement: judgements[index]! }))
  return verdicts
    .map((verdict) => {
      const counted = tally.endpoints.get(verdict.endpoint)
      if (counted === undefined) return verdict
      const { compared, baselines, repeated, comparedAs, otherFields } = counted
      const mine = judged.filter(({ endpoint, field }) => endpoint === verdict.endpoint && field.counts.raw > 0)
      const fields = mine.map(({ field, judgement }) => describe(field, judgement, compared)).toSorted(byImportance)
      const found = fields.filter(({ field, judgement }) => judgement === 'differs' && field !== 'status')
      return {
        ...verdict,
        fields: { compared, baselines, repeated, comparedAs: Object.fromEntries(comparedAs), fields, otherFields },
        findings: [
          ...(baseline ? withoutLatency(verdict.findings) : verdict.findings),
          ...found.map((field) => toFinding(field, baselines))
        ]
      }
    })
    .toSorted(byWeight)
}

/** For files that are not to hold what was answered. */
export function withoutExamples<T extends Pick<Verdict, 'fields'>>(verdict: T): T {
  if (verdict.fields === undefined) return verdict
  const fields = verdict.fields.fields.map(({ example: _, ...field }) => field)
  return { ...verdict, fields: { ...verdict.fields, fields } }
}

/** A live version that also answers the baseline does twice the work: its latency says nothing about the other's. */
function withoutLatency(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ metric }) => !isLatency(metric))
}

function describe({ field, kind, counts, example }: FieldTally, judgement: Judgement, compared: number): FieldVerdict {
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
