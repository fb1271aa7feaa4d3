// Which mirrors could hurt live requests if their target hung, and what is said of them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeHazard, hazardsOf } from '../../../mirror/hazards.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import { HTTP_ROUTE } from '../../../mirror/http-route.ts'
import { VIRTUAL_SERVICE } from '../../../mirror/virtual-service-kind.ts'
import type { HttpMatch, HttpRule } from '../../../mirror/virtual-service.ts'

const V2 = { host: 'httpbin', subset: 'v2', percent: 100 }
const PLACE = { namespace: 'shop' }

function rule(more: Partial<HttpRule> = {}): HttpRule {
  return { route: [{ destination: { host: 'httpbin', subset: 'v1' } }], mirror: V2, ...more }
}

function hazardsIn(http: readonly HttpRule[], limited: boolean | undefined) {
  const object = { metadata: { namespace: 'shop' }, spec: { http } }
  return hazardsOf(object, [V2], PLACE, () => limited).map(({ target: _, kind: __, ...hazard }) => hazard)
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
  const hazard = fc.record({ unlimited: fc.constant('[12]'), anyBody: fc.constant('[12]') }, { requiredKeys: [] })
  const kind = fc.constantFrom(VIRTUAL_SERVICE, HTTP_ROUTE)
  fc.assert(
    fc.property(name, fc.option(name, { nil: undefined }), hazard, kind, (host, subset, one, of) => {
      const { path, message } = describeHazard({ target: { host, ...(subset && { subset }) }, kind: of, ...one })
      const text = formatProblem({ code: 'copiesUnlimited', path: `spec.${of.rulesAt}${path}`, message })
      expect(text.length).toBeLessThanOrEqual(120)
    })
  )
})

const ISTIO = { parentRef: { name: 'web' }, controllerName: 'istio.io/gateway-controller' }
const ENVOY = { parentRef: { name: 'web' }, controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' }
const MESH = [{ group: '', kind: 'Service', name: 'httpbin' }]
const BOTH_OF_ROUTE = { unlimited: 'spec.rules[0]', anyBody: 'spec.rules[0]' }

test.for<[string, object, { parentRefs?: object[]; parents?: object[]; limited?: boolean }, object[]]>([
  ['in the mesh, before it reports', {}, {}, [BOTH_OF_ROUTE]],
  ['behind a Gateway of Istio', {}, { parentRefs: [{ name: 'web' }], parents: [ISTIO] }, [BOTH_OF_ROUTE]],
  ['behind one of which nothing is known', {}, { parentRefs: [{ name: 'web' }] }, []],
  ['behind one of another implementation', {}, { parentRefs: [{ name: 'web' }], parents: [ENVOY] }, []],
  ['behind both', {}, { parentRefs: [{ name: 'web' }], parents: [ENVOY, ISTIO] }, [BOTH_OF_ROUTE]],
  ['limits of the Service', {}, { limited: true }, [{ anyBody: 'spec.rules[0]' }]],
  ['a timeout', { timeouts: { request: '10s' } }, {}, [{ anyBody: 'spec.rules[0]' }]],
  ['one of each attempt', { timeouts: { request: '1m', backendRequest: '5s' } }, {}, [{ anyBody: 'spec.rules[0]' }]],
  [
    'one of each of several attempts',
    { timeouts: { backendRequest: '5s' }, retry: { attempts: 2 } },
    {},
    [BOTH_OF_ROUTE]
  ],
  ['one that is none', { timeouts: { request: '0s' } }, {}, [BOTH_OF_ROUTE]],
  ['of the attempt none', { timeouts: { request: '10s', backendRequest: '0s' } }, {}, [{ anyBody: 'spec.rules[0]' }]],
  ['of a wrong type', { timeouts: 'soon' }, {}, [BOTH_OF_ROUTE]],
  ['a method without a body', { matches: [{ method: 'GET' }] }, {}, [{ unlimited: 'spec.rules[0]' }]],
  ['a path alone', { matches: [{ path: { value: '/' } }] }, {}, [BOTH_OF_ROUTE]]
])('of an HTTPRoute: %s', ([, more, { parentRefs = MESH, parents = [], limited = false }, expected]) => {
  const backendRef = { name: 'httpbin-v2', port: 80 }
  const filters = [{ type: 'RequestMirror', requestMirror: { backendRef } }]
  const mirrored = { backendRefs: [{ name: 'httpbin-v1', port: 80 }], filters, ...more }
  const object = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: 'shop' },
    spec: { parentRefs, rules: [mirrored] },
    status: { parents }
  }
  const target = { host: 'httpbin-v2', port: 80, percent: 100 }
  const found = hazardsOf(object, [target], PLACE, () => limited)
  expect(found.map(({ target: _, kind: __, ...hazard }) => hazard)).toEqual(expected)
})

test('of an HTTPRoute it says what bounds it there', () => {
  const said = (hazard: object) =>
    formatProblem(describeHazard({ target: { host: 'httpbin-v2', port: 80 }, kind: HTTP_ROUTE, ...hazard }))
  expect(said(BOTH_OF_ROUTE)).toBe(
    'spec.rules[0]: httpbin-v2:80 has no limits: a hang hurts live requests; set timeouts.request, mirror only GET'
  )
  expect(said({ anyBody: 'spec.rules[0]' })).toBe(
    'spec.rules[0]: httpbin-v2:80 gets bodies of any size: if it hangs, large uploads stall; mirror only GET'
  )
})
