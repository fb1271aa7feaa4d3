// Judges the fields of each endpoint's responses. Knows the counts, not how they will be shown.
import { KINDS } from '../responses/difference.ts'
import type { FieldTally } from './endpoint-fields.ts'
import type { FieldsTally } from './field-tally.ts'
import { percent } from '../../io/format.ts'
import { chanceOf, judgeFields, rateInterval, type Judgement } from './noise.ts'
import type { FieldsVerdict, FieldVerdict, Finding } from './verdict.ts'

export interface JudgedFields {
  readonly verdict: FieldsVerdict
  readonly findings: readonly Finding[]
}

/** By endpoint. All fields of a run are judged together, because each test may be a false alarm. */
export function fieldVerdicts(tally: FieldsTally): Map<string, JudgedFields> {
  const all = [...tally.endpoints].flatMap(([endpoint, { baselines, fields }]) =>
    Array.from(fields.values(), (field) => ({ endpoint, baselines, kind: field.kind, counts: field.counts, field }))
  )
  const judgements = judgeFields(all, tally.hasBaseline)
  const judged = all.map((one, index) => ({ ...one, judgement: judgements[index]! }))
  return new Map(
    Array.from(tally.endpoints, ([endpoint, { compared, baselines, repeated, comparedAs, otherFields }]) => {
      const own = judged.filter((one) => one.endpoint === endpoint && one.counts.raw > 0)
      const fields = own.map(({ field, judgement }) => describe(field, judgement, compared)).toSorted(byImportance)
      const found = fields.filter(({ field, judgement }) => judgement === 'differs' && field !== 'status')
      const verdict = { compared, baselines, repeated, comparedAs: Object.fromEntries(comparedAs), fields, otherFields }
      return [endpoint, { verdict, findings: found.map((field) => toFinding(field, baselines)) }]
    })
  )
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
