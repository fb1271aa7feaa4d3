import { describe, expect, test } from 'vitest'
import type { HttpResponse } from '../../../../../plugin/compare/responses/response.ts'
import { BodyBudget } from '../../../../../plugin/compare/tap/body-budget.ts'
import { parsePattern } from '../../../../../plugin/compare/responses/field-path.ts'
import { FieldsTally } from '../../../../../plugin/compare/statistics/field-tally.ts'
import { judgeFields, rateInterval } from '../../../../../plugin/compare/statistics/noise.ts'
import { Redactor } from '../../../../../plugin/compare/responses/redact.ts'
import { copy as copyOf, liveRecord } from '../build.ts'
import { response, type ResponseText } from '../responses/build.ts'

const NOTHING = { field: () => false, header: () => false }

function tally({ redact = [] as readonly string[], withExamples = false, baseline = false } = {}): FieldsTally {
  const redactor = new Redactor(redact.map((pattern) => parsePattern(pattern, '--redact')))
  const budget = new BodyBudget()
  return new FieldsTally({ ignored: NOTHING, redactor, withExamples, baseline, restrictions: [], budget })
}

/** `differs value $.a` for every field of every endpoint. */
function judged(fields: FieldsTally): string[] {
  const all = [...fields.endpoints.values()].flatMap(({ fields: found, baselines }) =>
    [...found.values()].map((field) => ({ ...field, baselines }))
  )
  return judgeFields(all, fields.metadata().baseline).map(
    (judgement, index) => `${judgement}: ${all[index]!.kind} ${all[index]!.field}`
  )
}

describe('with a baseline', () => {
  test('one that was cut off says nothing of what the live version answers', () => {
    const fields = tally({ baseline: true })
    const [live, its] = [
      liveRecord({ response: response({ body: { a: 1 } }) }),
      copyOf({ response: response({ body: { a: 2 } }) })
    ]
    const baseline = copyOf({ workload: 'live', status: 0, response: response({ status: 0 }) })
    fields.take('GET /', { kind: 'pair', live, copy: its, baseline, attempts: 1, since: 0 })
    expect(fields.endpoints.get('GET /')).toMatchObject({ compared: 1, baselines: 0 })
    expect(judged(fields)).toEqual(['unclear: value $.a'])
  })

  test('a field that always differs is noise, one that only the copy changes is not', () => {
    const fields = tally()
    for (let n = 0; n < 5000; n++) {
      const body = (price: number): ResponseText => ({ body: { uuid: Math.random(), price } })
      fields.add('GET /', response(body(1)), response(body(n % 100 === 0 ? 2 : 1)), response(body(1)))
    }
    expect(judged(fields)).toEqual(['noise: value $.uuid', 'differs: value $.price'])
  })

  test('noise that strikes each response by chance is never reported: 100 runs of the same version', () => {
    let alarms = 0
    for (let run = 0; run < 100; run++) {
      const fields = tally()
      const flaky = (rate: number): number => (Math.random() < rate ? 1 : 0)
      for (let n = 0; n < 200; n++) {
        const body = (): ResponseText => ({
          body: { a: flaky(0.5), b: flaky(0.05), c: flaky(0.004) },
          status: flaky(0.02) ? 503 : 200
        })
        fields.add('GET /', response(body()), response(body()), response(body()))
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
        response({ body: { a: 1 } }),
        response({ body: { a: n < 3 ? 2 : 1 } }),
        response({ body: { a: 1 } })
      )
    }
    expect(judged(fields)).toEqual(['unclear: value $.a'])
  })

  test('a field that is noise in its value still differs when it is missing', () => {
    const fields = tally()
    for (let n = 0; n < 50; n++) {
      fields.add('GET /', response({ body: { id: n } }), response({ body: {} }), response({ body: { id: -n - 1 } }))
    }
    expect(judged(fields)).toEqual(['differs: missing $.id', 'noise: value $.id'])
  })
})

describe('where a baseline was asked for, and did not come', () => {
  test('no field is named for certain', () => {
    const fields = tally({ baseline: true })
    const body = (etag: number): ResponseText => ({ body: { uuid: Math.random(), etag } })
    fields.add('GET /', response({ ...body(1), path: '/a' }), response({ ...body(2), path: '/a' }))
    expect(judged(fields)).toEqual(['unclear: value $.uuid', 'unclear: value $.etag'])
  })
})

describe('a dropped body', () => {
  const gone: HttpResponse = { ...response({ body: { a: 1 } }), body: undefined }

  test('is not one of the compared pairs, of which shares are told', () => {
    const fields = tally()
    fields.add('GET /', gone, response({ body: { a: 1 } }))
    fields.add('GET /', response({ body: { a: 1 } }), gone)
    fields.add('GET /', response({ body: { a: 1 } }), response({ body: { a: 2 } }))
    const { compared, comparedAs } = fields.endpoints.get('GET /')!
    expect([compared, Object.fromEntries(comparedAs)]).toEqual([1, { dropped: 2, JSON: 1 }])
  })

  test('of a baseline is no baseline: its noise would look like that of the copy', () => {
    const fields = tally({ baseline: true })
    for (let n = 0; n < 50; n++) {
      const body = (): ResponseText => ({ body: { uuid: Math.random() } })
      fields.add('GET /', response(body()), response(body()), n < 25 ? response(body()) : gone)
    }
    expect(judged(fields)).toEqual(['noise: value $.uuid'])
    expect(fields.endpoints.get('GET /')!.baselines).toBe(25)
  })
})

test('without a baseline, what two answers of the live version differ in may be noise', () => {
  const fields = tally()
  for (let n = 0; n < 10; n++) {
    const body = (price: number): ResponseText => ({ body: { at: Math.random(), price } })
    fields.add('GET /', response(body(1)), response(body(2)))
  }
  expect(judged(fields)).toEqual(['may be noise: value $.at', 'differs: value $.price'])
  expect(fields.endpoints.get('GET /')!.repeated).toBe(9)
})

test('fields without end are counted, not kept', () => {
  const fields = tally()
  for (let n = 0; n < 1000; n++) {
    fields.add('GET /', response({ body: {} }), response({ body: { [`key${n}x`]: 1 } }))
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
    const fields = tally({ redact: ['$.user.email', 'token', 'x-user'], withExamples: true })
    fields.add('GET /a', response(one), response(other))
    const text = JSON.stringify([...fields.endpoints.get('GET /a')!.fields.values()])
    expect(text).not.toContain('secret')
    expect(text).toContain('/a?token=(redacted)&n=1')
  })

  test('show both sides, harmless on a terminal', () => {
    const fields = tally()
    fields.add('GET /a', response(one), response(other))
    const [email, , escape] = [...fields.endpoints.get('GET /a')!.fields.values()]
    expect(email!.example).toMatchObject({ live: '"secret4"', copy: '"secret5"', request: { method: 'GET' } })
    expect(`${escape!.field}${escape!.example!.live}`).not.toContain('\u001B')
    expect(email!.example!.answers).toBeUndefined()
  })

  test('whole answers are not spent on what the baseline shows to be noise, nor on times', () => {
    const fields = tally({ withExamples: true, baseline: true })
    const NOW = '2026-11-23T02:18:37Z'
    for (let n = 0; n < 2; n++) {
      const body = (price: number): ResponseText => ({
        body: { ids: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((key) => [key, Math.random()])), price }
      })
      const at = (second: number, price: number) =>
        response({ ...body(price), headers: { 'x-at': NOW.replace('37', `${37 + second}`) } })
      const differing = fields.add('GET /', at(0, 1), at(1, n === 1 ? 2 : 1), at(0, 1))
      expect(differing).toEqual(n === 1 ? [{ field: '$.price', kind: 'value' }] : [])
    }
    const kept = [...fields.endpoints.get('GET /')!.fields.values()].filter(({ example }) => example?.answers)
    expect(kept.map(({ field }) => field)).toEqual(['$.price'])
  })

  test('of long answers what is around the first difference is kept', () => {
    const fields = tally({ withExamples: true })
    const long = (price: number): ResponseText => ({ body: { items: Array(3000).fill('same'), price } })
    fields.add('GET /', response(long(1)), response(long(2)))
    const { live, copy } = [...fields.endpoints.get('GET /')!.fields.values()][0]!.example!.answers!
    expect([live, copy].map((text) => /"price": \d/.exec(text)?.[0])).toEqual(['"price": 1', '"price": 2'])
    expect(live.length).toBeLessThan(9000)
  })

  test('show a long integer as it was written', () => {
    const fields = tally({ withExamples: true })
    const id = (digits: string): ResponseText => ({
      headers: { 'content-type': 'application/json' },
      body: `{"a": {"id": ${digits}}}`
    })
    fields.add('GET /', response(id('9007199254740993')), response({ body: { a: 1 } }))
    const { live, answers } = [...fields.endpoints.get('GET /')!.fields.values()][0]!.example!
    expect(live).toBe('{"id":9007199254740993}')
    expect(answers!.live).toContain('"id": 9007199254740993')
  })

  test('a text is hidden whole when there is anything to hide', () => {
    const fields = tally({ redact: ['$.a'], withExamples: true })
    fields.add('GET /', response({ body: 'secret1' }), response({ body: 'secret2' }))
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
