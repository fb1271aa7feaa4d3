// Which mirrors could hurt live requests if their target hung, and what is said of them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeHazard, hazardsOf } from '../../../mirror/hazards.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import type { HttpMatch, HttpRule } from '../../../mirror/virtual-service.ts'

const V2 = { host: 'httpbin', subset: 'v2', percent: 100 }
const PLACE = { namespace: 'shop' }

function rule(more: Partial<HttpRule> = {}): HttpRule {
  return { route: [{ destination: { host: 'httpbin', subset: 'v1' } }], mirror: V2, ...more }
}

function hazardsIn(http: readonly HttpRule[], limited: boolean | undefined) {
  const object = { metadata: { namespace: 'shop' }, spec: { http } }
  return hazardsOf(object, [V2], PLACE, () => limited).map(({ target: _, ...hazard }) => hazard)
}

const matching = (...match: HttpMatch[]) => rule({ match })
const FIRST = 'spec.http[0]'
const BOTH = { unlimited: FIRST, anyBody: FIRST }

test.for<[string, HttpRule, boolean | undefined, object[]]>([
  ['no timeout, no limits', rule(), false, [BOTH]],
  ['limits', rule(), true, [{ anyBody: FIRST }]],
  ['a timeout', rule({ timeout: '3s' }), false, [{ anyBody: FIRST }]],
  ['a timeout in other units', rule({ timeout: '1.5s' }), false, [{ anyBody: FIRST }]],
  ['a short one in two units', rule({ timeout: '10s500ms' }), false, [{ anyBody: FIRST }]],
  ['the longest that bounds', rule({ timeout: '15s' }), false, [{ anyBody: FIRST }]],
  ['a timeout too long to bound', rule({ timeout: '16s' }), false, [BOTH]],
  ['one of minutes', rule({ timeout: '1m' }), false, [BOTH]],
  ['one of hours', rule({ timeout: '1h30m' }), false, [BOTH]],
  ['one that is no duration', rule({ timeout: 'soon' }), false, [BOTH]],
  ['a timeout that is none', rule({ timeout: '0s' }), false, [BOTH]],
  ['a timeout of another type', rule({ timeout: 3 }), false, [BOTH]],
  ['nothing known of the target', rule(), undefined, []],
  ['methods without a body', matching({ method: { regex: 'GET|HEAD' } }), true, []],
  ['methods with one', matching({ method: { regex: 'GET|POST' } }), true, [{ anyBody: FIRST }]],
  ['a pattern of methods', matching({ method: { regex: '.*T' } }), true, [{ anyBody: FIRST }]],
  ['one branch with a body', matching({ method: { exact: 'GET' } }, {}), true, [{ anyBody: FIRST }]],
  [
    'a bound of the body',
    matching({ withoutHeaders: { 'Content-Length': { regex: '.{7,}' } } }),
    false,
    [{ unlimited: FIRST }]
  ],
  ['an empty list of branches', matching(), true, [{ anyBody: FIRST }]],
  [
    'copies to where the request goes anyway',
    rule({ mirror: { host: 'httpbin.shop.svc.cluster.local', subset: 'v1' } }),
    false,
    []
  ],
  ['in mirrors', rule({ mirror: null, mirrors: [{ destination: V2 }] }), false, [BOTH]],
  ['no mirror', rule({ mirror: null }), false, []]
])('%s', ([, one, limited, expected]) => {
  expect(hazardsIn([one], limited)).toEqual(expected)
})

test('a target is said once, with the first rule that makes the hazard', () => {
  const http = [
    rule({ timeout: '1s', match: [{ method: { exact: 'GET' } }] }),
    matching({ method: { exact: 'GET' } }),
    rule()
  ]
  expect(hazardsIn(http, false)).toEqual([{ unlimited: 'spec.http[1]', anyBody: 'spec.http[2]' }])
})

test('whatever the target is called, it is one line that kubectl does not wrap', () => {
  const name = fc.string({ minLength: 1, maxLength: 253, unit: fc.constantFrom('a', '.', '-') })
  const hazard = fc.record(
    { unlimited: fc.constant('spec.http[12]'), anyBody: fc.constant('spec.http[12]') },
    { requiredKeys: [] }
  )
  fc.assert(
    fc.property(name, fc.option(name, { nil: undefined }), hazard, (host, subset, one) => {
      const text = formatProblem(describeHazard({ target: { host, ...(subset && { subset }) }, ...one }))
      expect(text.length).toBeLessThanOrEqual(120)
    })
  )
})
