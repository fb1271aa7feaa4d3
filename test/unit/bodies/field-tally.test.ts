import { describe, expect, test } from 'vitest'
import { BodyBudget } from '../../../plugin/compare/bodies/body-budget.ts'
import { parsePattern } from '../../../plugin/compare/bodies/field-path.ts'
import { FieldsTally } from '../../../plugin/compare/bodies/field-tally.ts'
import { judgeFields, rateInterval } from '../../../plugin/compare/bodies/noise.ts'
import { Redactor } from '../../../plugin/compare/bodies/redact.ts'
import { answer, type AnswerText } from './build.ts'

const NOTHING = { field: () => false, header: () => false }

function tally(redact: readonly string[] = [], withExamples = false): FieldsTally {
  const redactor = new Redactor(redact.map((pattern) => parsePattern(pattern, '--redact')))
  return new FieldsTally({ ignored: NOTHING, redactor, withExamples, restrictions: [], budget: new BodyBudget() })
}

/** `differs value $.a` for every field of every endpoint. */
function judged(fields: FieldsTally): string[] {
  const all = [...fields.endpoints.values()].flatMap(({ fields: found, baselines }) =>
    [...found.values()].map((field) => ({ ...field, baselines }))
  )
  return judgeFields(all).map((judgement, index) => `${judgement}: ${all[index]!.kind} ${all[index]!.field}`)
}

describe('with a baseline', () => {
  test('a field that always differs is noise, one that only the copy changes is not', () => {
    const fields = tally()
    for (let n = 0; n < 5000; n++) {
      const body = (price: number): AnswerText => ({ body: { uuid: Math.random(), price } })
      fields.add('GET /', answer(body(1)), answer(body(n % 100 === 0 ? 2 : 1)), answer(body(1)))
    }
    expect(judged(fields)).toEqual(['noise: value $.uuid', 'differs: value $.price'])
  })

  test('noise that strikes each answer by chance is never reported: 100 runs of the same version', () => {
    let alarms = 0
    for (let run = 0; run < 100; run++) {
      const fields = tally()
      const flaky = (rate: number): number => (Math.random() < rate ? 1 : 0)
      for (let n = 0; n < 200; n++) {
        const body = (): AnswerText => ({
          body: { a: flaky(0.5), b: flaky(0.05), c: flaky(0.004) },
          status: flaky(0.02) ? 503 : 200
        })
        fields.add('GET /', answer(body()), answer(body()), answer(body()))
      }
      if (judged(fields).some((one) => one.startsWith('differs'))) alarms++
    }
    // At 1 % risk of one alarm in a run, 9 or more of 100 have a chance of 1 in 100,000.
    expect(alarms).toBeLessThan(9)
  })

  test('a few differences are not yet a finding', () => {
    const fields = tally()
    for (let n = 0; n < 100; n++) {
      fields.add(
        'GET /',
        answer({ body: { a: 1 } }),
        answer({ body: { a: n < 3 ? 2 : 1 } }),
        answer({ body: { a: 1 } })
      )
    }
    expect(judged(fields)).toEqual(['unclear: value $.a'])
  })

  test('a field that is noise in its value still differs when it is missing', () => {
    const fields = tally()
    for (let n = 0; n < 50; n++) {
      fields.add('GET /', answer({ body: { id: n } }), answer({ body: {} }), answer({ body: { id: -n - 1 } }))
    }
    expect(judged(fields)).toEqual(['differs: missing $.id', 'noise: value $.id'])
  })
})

test('without a baseline, what two answers of the live version differ in may be noise', () => {
  const fields = tally()
  for (let n = 0; n < 10; n++) {
    const body = (price: number): AnswerText => ({ body: { at: Math.random(), price } })
    fields.add('GET /', answer(body(1)), answer(body(2)))
  }
  expect(judged(fields)).toEqual(['may be noise: value $.at', 'differs: value $.price'])
  expect(fields.endpoints.get('GET /')!.repeated).toBe(9)
})

test('fields without end are counted, not kept', () => {
  const fields = tally()
  for (let n = 0; n < 1000; n++) {
    fields.add('GET /', answer({ body: {} }), answer({ body: { [`key${n}x`]: 1 } }))
  }
  const { fields: kept, otherFields } = fields.endpoints.get('GET /')!
  expect([kept.size, otherFields]).toEqual([300, 700])
})

describe('examples', () => {
  const request = {
    path: '/a?token=secret1&n=1',
    requestHeaders: { 'x-user': 'secret2', authorization: 'secret3', accept: '*/*' }
  }
  const one = { ...request, body: { user: { email: 'secret4', n: 1 }, '\u001B[2J': 1 } }
  const other = { ...request, body: { user: { email: 'secret5', n: 2 } } }

  test('hold nothing that is to be hidden, in no place', () => {
    const fields = tally(['$.user.email', 'token', 'x-user'], true)
    fields.add('GET /a', answer(one), answer(other))
    const text = JSON.stringify([...fields.endpoints.get('GET /a')!.fields.values()])
    expect(text).not.toContain('secret')
    expect(text).toContain('/a?token=(redacted)&n=1')
  })

  test('show both sides, harmless on a terminal', () => {
    const fields = tally()
    fields.add('GET /a', answer(one), answer(other))
    const [email, , escape] = [...fields.endpoints.get('GET /a')!.fields.values()]
    expect(email!.example).toMatchObject({ live: '"secret4"', copy: '"secret5"', request: { method: 'GET' } })
    expect(`${escape!.field}${escape!.example!.live}`).not.toContain('\u001B')
    expect(email!.example!.answers).toBeUndefined()
  })

  test('a text is hidden whole when there is anything to hide', () => {
    const fields = tally(['$.a'], true)
    fields.add('GET /', answer({ body: 'secret1' }), answer({ body: 'secret2' }))
    expect(JSON.stringify([...fields.endpoints.get('GET /')!.fields.values()])).not.toContain('secret')
  })
})

test.each([
  [0, 100, [0, 0.0622]],
  [50, 5000, [0.007, 0.0143]],
  [100, 100, [0.9378, 1]]
])("Wilson's interval of %i in %i", (hits, trials, [low, high]) => {
  const found = rateInterval(hits, trials)
  expect(found[0]).toBeCloseTo(low!, 4)
  expect(found[1]).toBeCloseTo(high!, 4)
})
