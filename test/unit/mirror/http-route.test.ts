// What must hold of every HTTPRoute and every intent, as it is written and as the API server stores it: with its defaults.
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import { expect, test } from 'vitest'
import { edit } from '../../../mirror/edit.ts'
import { rulesOf } from '../../../mirror/kind-of.ts'
import { patchBetween } from '../../../mirror/patch.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import type { RouteObject } from '../../../mirror/route-kind.ts'
import { shapeProblems } from '../../../mirror/shape.ts'
import { strip } from '../../../mirror/strip.ts'
import { withAnnotations, type Annotations } from '../../../mirror/virtual-service.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const RUNS = { numRuns: 300 }

const name = fc.constantFrom('v1', 'v1', 'v2', 'v3')
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const partial = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>

const to = (service: fc.Arbitrary<string>) =>
  fc
    .record({ name: service, port: fc.constantFrom(80, 8080), namespace: some(fc.constantFrom('prod', 'shadow')) })
    .chain((ref) => fc.constantFrom(ref, { ...ref, group: '', kind: 'Service' }, { ...ref, kind: 'Service' }))
    .map(withoutUndefined)
const backend = fc
  .tuple(to(name), some(fc.constantFrom(0, 1, 9)))
  .map(([ref, weight]) => withoutUndefined({ ...ref, weight }))
const mirror = fc
  .tuple(
    to(fc.constantFrom('audit', 'audit', 'audit', 'v2')),
    fc.constantFrom({}, { percent: 5 }, { fraction: { numerator: 1, denominator: 8 } })
  )
  .map(([backendRef, share]) => ({ type: 'RequestMirror', requestMirror: { backendRef, ...share } }))
const filter = fc.oneof(
  mirror,
  fc.constantFrom(
    { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x-a'] } },
    { type: 'RequestRedirect', requestRedirect: { port: 443 } }
  )
)
const headerMatch = fc
  .tuple(
    fc.constantFrom('x-user', 'X-User', '__proto__'),
    fc.constantFrom('beta', 'b.*'),
    fc.constantFrom('Exact', 'RegularExpression', undefined)
  )
  .map(([headerName, value, type]) => withoutUndefined({ name: headerName, value, type }))
const match = partial({
  path: fc.constant({ type: 'PathPrefix', value: '/a' }),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.array(headerMatch, { maxLength: 2 })
})
const rule = partial({
  name: fc.constantFrom('a', 'b'),
  matches: fc.array(match, { maxLength: 3 }),
  filters: fc.array(filter, { minLength: 1, maxLength: 16 }),
  backendRefs: fc.array(backend, { maxLength: 3 })
})
const base: fc.Arbitrary<RouteObject> = fc.array(rule, { minLength: 1, maxLength: 4 }).map((rules) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { parentRefs: [{ name: 'web', kind: 'Gateway' }], rules }
}))
const seldom = (...values: string[]) =>
  fc.constantFrom(...Array.from({ length: 8 * values.length }, () => undefined), ...values)
const wish: fc.Arbitrary<Annotations> = fc
  .record({
    to: fc.constantFrom('v2', 'v2=5,v3', 'v2.shadow:8080=0.25', 'v1,v2'),
    from: seldom('v1', 'v1.shadow'),
    routes: seldom('a', 'a,b'),
    methods: seldom('GET', 'GET,POST'),
    headers: seldom('x-user~b.*', '__proto__=beta'),
    baseline: seldom('2026-01-01T00:10:00Z')
  })
  .map((asks) => fromEntries(Object.entries(asks).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])))
const asked = fc.tuple(base, wish).map(([object, annotations]) => withAnnotations(object, annotations))
const either = asked.chain((object) => fc.constantFrom(object, stored(object)))

test('the generated intents are mostly met', () => {
  const edits = fc.sample(either, { numRuns: 1_000, seed: 1 }).map((object) => edit(object, NOW))
  expect(edits.filter(({ plan, problems }) => plan && problems.length === 0).length).toBeGreaterThan(150)
})

test('strip gives back the base, byte for byte, and a second edit changes nothing', () => {
  fc.assert(
    fc.property(either, (object) => {
      const { result } = edit(object, NOW)
      expect(JSON.stringify(strip(result))).toBe(JSON.stringify(object))
      expect(JSON.stringify(edit(result, NOW).result)).toBe(JSON.stringify(result))
    }),
    RUNS
  )
})

test('what the API server stores of the result is what the next admission would write', () => {
  fc.assert(
    fc.property(asked, (object) => {
      const kept = stored(edit(stored(object), NOW).result)
      expect(patchBetween(kept, edit(kept, NOW, kept).result)).toEqual([])
      expect(strip(kept)).toEqual(stored(object))
    }),
    RUNS
  )
})

test('every request goes where it went: no rule is added, moved or matches otherwise, and ours are the last filters', () => {
  fc.assert(
    fc.property(either, (object) => {
      const [before, after] = [rulesOf(object), rulesOf(edit(object, NOW).result)]
      expect(after).toHaveLength(before.length)
      for (const [index, { filters = [], ...own }] of before.entries()) {
        const { filters: now = [], ...rest } = after[index]!
        expect(rest).toEqual(own)
        expect((now as unknown[]).slice(0, (filters as unknown[]).length)).toEqual(filters)
        expect((now as unknown[]).length).toBeLessThanOrEqual(16)
      }
    }),
    RUNS
  )
})

test('the base also comes back when a write drops every annotation', () => {
  fc.assert(
    fc.property(base, wish, (object, annotations) => {
      const mirrored = edit(withAnnotations(object, annotations), NOW).result
      expect(edit(withAnnotations(mirrored, {}), NOW, mirrored).result.spec).toEqual(object.spec)
    }),
    RUNS
  )
})

test('the patch applies to the original and gives the result', () => {
  fc.assert(
    fc.property(either, (object) => {
      const { result } = edit(object, NOW)
      const copy = structuredClone(object)
      expect(jsonPatch.applyPatch(copy, patchBetween(object, result), true, true, false).newDocument).toEqual(result)
    }),
    RUNS
  )
})

function route(one: unknown, annotations: unknown = { 'kubectl-mirror.dev/to': 'v2' }): RouteObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', annotations },
    spec: { rules: [one] }
  } as RouteObject
}

test.each<[object: unknown, problem: string]>([
  [route(null), 'spec.rules[0]: null is not a map'],
  [route({ matches: {} }), 'spec.rules[0].matches: a map is not a list'],
  [
    route({ matches: [{ method: { exact: 'GET' } }] }),
    'spec.rules[0].matches[0].method: a map is not a string; put it in quotes'
  ],
  [route({ matches: [{ headers: { a: 'b' } }] }), 'spec.rules[0].matches[0].headers: a map is not a list'],
  [route({ matches: [{ headers: [null] }] }), 'spec.rules[0].matches[0].headers[0]: null is not a map'],
  [route({ filters: ['mirror'] }), 'spec.rules[0].filters[0]: "mirror" is not a map'],
  [
    route({ filters: [{ type: 'RequestMirror', requestMirror: { backendRef: [] } }] }),
    'spec.rules[0].filters[0].requestMirror.backendRef: a list is not a map'
  ],
  [route({ backendRefs: [{ name: 'v1', port: '80' }] }), 'spec.rules[0].backendRefs[0].port: "80" is not a number'],
  [route({ backendRefs: [{ name: 'v1', weight: [] }] }), 'spec.rules[0].backendRefs[0].weight: a list is not a number'],
  [{ ...route({}), spec: { rules: {} } }, 'spec.rules: a map is not a list'],
  [{ ...route({}), spec: { parentRefs: [7] } }, 'spec.parentRefs[0]: 7 is not a map'],
  [{ ...route({}), status: { parents: [null] } }, 'status.parents[0]: null is not a map']
])('a field of a wrong type is refused by its path: %j', (object, problem) => {
  expect(shapeProblems(object).map(formatProblem)).toEqual([problem])
  const { result, problems } = edit(object as RouteObject, NOW)
  expect([result, problems.map(formatProblem)]).toEqual([object, [problem]])
})

test('nulls are absent, and no rules are none', () => {
  const nulls = { name: null, matches: null, backendRefs: null }
  expect(edit(route(nulls), NOW).problems).toMatchObject([{ code: 'nothingMirrored' }])
  expect(edit({ ...route({}), spec: null }, NOW).problems).toMatchObject([{ code: 'nothingMirrored' }])
  const backendRefs = [{ group: null, kind: null, name: 'v1', namespace: null, port: 80, weight: null }]
  expect(edit(route({ backendRefs }), NOW)).toMatchObject({
    problems: [],
    plan: { targets: [{ host: 'v2', port: 80 }] }
  })
})

function withoutUndefined<T extends object>(fields: T): T {
  return fromEntries(Object.entries(fields)) as T
}

function fromEntries<V>(entries: readonly (readonly [string, V | undefined])[]): Record<string, V> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, V>
}

/** With the defaults of the API's schema. */
function stored(object: RouteObject): RouteObject {
  const service = (ref: object) => ({ group: '', kind: 'Service', ...ref })
  const rules = rulesOf(object).map((one) => {
    const { matches = [{}], filters, backendRefs, ...rest } = one as Rule
    return withoutUndefined({
      ...rest,
      matches: matches.map(({ headers, ...own }) =>
        withoutUndefined({
          path: { type: 'PathPrefix', value: '/' },
          ...own,
          headers: headers?.map((header) => ({ type: 'Exact', ...header }))
        })
      ),
      filters: filters?.map(({ requestMirror, ...own }) =>
        withoutUndefined({
          ...own,
          requestMirror: requestMirror && { ...requestMirror, backendRef: service(requestMirror.backendRef) }
        })
      ),
      backendRefs: backendRefs?.map((ref) => ({ weight: 1, ...service(ref) }))
    })
  })
  return { ...object, spec: { ...object.spec, rules } }
}

interface Rule {
  readonly matches?: readonly { readonly headers?: readonly object[] }[]
  readonly filters?: readonly { readonly requestMirror?: { readonly backendRef: object } }[]
  readonly backendRefs?: readonly object[]
}
