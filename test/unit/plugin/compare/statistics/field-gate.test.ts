import { describe, expect, test } from 'vitest'
import type { FieldVerdict, FieldsVerdict, Verdict } from '../../../../../plugin/compare/statistics/verdict.ts'
import { evaluate, parseGates } from '../../../../../plugin/compare/statistics/gate.ts'

const COUNTS = { raw: 1, rawOnly: 1, noiseOnly: 0, both: 0, repeats: 0 }

function field(name: string, judgement: FieldVerdict['judgement'], rate: number): FieldVerdict {
  return { field: name, kind: 'value', judgement, counts: COUNTS, rate, interval: [0, 1] }
}

/** An endpoint whose answers differ in these fields. */
function verdict(fields: readonly FieldVerdict[], changes: Partial<FieldsVerdict> = {}): Verdict {
  return {
    endpoint: 'GET /items',
    requests: 100,
    copied: 100,
    arrived: 100,
    expected: 100,
    unknown: 0,
    known: 100,
    missing: 0,
    compared: 100,
    cut: 0,
    orphans: 0,
    retried: 0,
    statuses: [],
    statusDiffer: 0,
    samples: [],
    findings: fields.filter(({ judgement }) => judgement === 'differs').map(() => ({ metric: 'field', text: '' })),
    fields: { compared: 100, baselines: 100, repeated: 0, comparedAs: {}, fields, otherFields: 0, ...changes }
  }
}

describe('field', () => {
  const outcome = (...given: Parameters<typeof verdict>) => evaluate(parseGates('field>5%'), [verdict(...given)])[0]!

  test('fails on proven fields, and names all that exceed the limit, the worst first', () => {
    const fields = [
      field('$.a', 'differs', 0.06),
      field('$.b', 'differs', 0.2),
      field('$.c', 'unclear', 0.5),
      field('$.d', 'differs', 0.01)
    ]
    expect(outcome(fields)).toMatchObject({ result: 'failed', endpoints: ['GET /items ($.b 20 %, $.a 6 %)'] })
  })

  test('does not fail because one field is proven and another, merely unclear, exceeds the limit', () => {
    const fields = [field('$.a', 'differs', 0.01), field('$.c', 'unclear', 0.5)]
    expect(outcome(fields)).toMatchObject({ result: 'unclear', endpoints: ['GET /items ($.c 50 %)'] })
  })

  test('leaves out noise, and the status, which has a condition of its own', () => {
    expect(outcome([field('$.a', 'noise', 1), field('status', 'differs', 1)]).result).toBe('passed')
  })

  test('is not measured where every body was dropped', () => {
    expect(outcome([], { compared: 0 }).result).toBe('unmeasured')
  })

  test('does not pass in silence over fields beyond those that are kept', () => {
    expect(outcome([], { otherFields: 70 })).toMatchObject({
      result: 'unclear',
      endpoints: ['GET /items (further fields 70 %)']
    })
  })
})
