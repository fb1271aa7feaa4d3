// What an HTTPRoute is to its callers, in the order and with the reach that the Gateway API gives its matches.
import { expect, test } from 'vitest'
import { planRequest } from '../../../../plugin/check/probe-request.ts'
import { expectationOf } from '../../../../plugin/compare/pairing/expectation.ts'
import { asServed, calledService } from '../../../../plugin/resources/served.ts'
import type { StoredVirtualService } from '../../../../plugin/resources/virtual-services.ts'

const MESH = { group: '', kind: 'Service', name: 'httpbin', port: 8000 }
const MIRROR = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'httpbin-v2', port: 80 } } }
const TARGET = { host: 'httpbin-v2', port: 80, percent: 100 }

interface Rule {
  readonly matches?: object[]
  readonly filters?: object[]
}

function routeOf(
  rules: readonly Rule[],
  { parentRefs = [MESH] as object[], hostnames = undefined as string[] | undefined } = {}
) {
  const backendRefs = [{ name: 'httpbin-v1', port: 80 }]
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'httpbin', namespace: 'prod', uid: 'u', resourceVersion: '1' },
    spec: { parentRefs, ...(hostnames && { hostnames }), rules: rules.map((rule) => ({ backendRefs, ...rule })) }
  } as StoredVirtualService
}

function expected(route: StoredVirtualService, method: string, path: string, authority?: string): number | undefined {
  return expectationOf(asServed(route), TARGET)({ method, path, ...(authority && { authority }) })
}

const prefix = (value: string, more: object = {}) => ({ path: { type: 'PathPrefix', value }, ...more })

test('the longest path decides, wherever it stands, and a prefix ends at a slash', () => {
  const route = routeOf([
    { matches: [prefix('/')] },
    { matches: [prefix('/api/')], filters: [MIRROR] },
    { matches: [{ path: { type: 'Exact', value: '/api/health' } }] }
  ])
  expect(expected(route, 'GET', '/api')).toBe(1)
  expect(expected(route, 'GET', '/api/users?id=1')).toBe(1)
  expect(expected(route, 'GET', '/apis')).toBe(0)
  expect(expected(route, 'GET', '/api/health')).toBe(0)
  expect(expected(route, 'GET', '/')).toBe(0)
})

test('of equal paths the one with a method decides, then the one with more headers', () => {
  const route = routeOf([
    { matches: [prefix('/')] },
    { matches: [prefix('/', { method: 'POST' })], filters: [MIRROR] },
    { matches: [prefix('/x', { headers: [{ name: 'x-user', value: 'beta' }] })], filters: [MIRROR] },
    { matches: [prefix('/q', { queryParams: [{ name: 'q', value: '1' }] })], filters: [MIRROR] }
  ])
  expect(expected(route, 'POST', '/get')).toBe(1)
  expect(expected(route, 'GET', '/get')).toBe(0)
  expect(expected(route, 'GET', '/x'), 'no record shows headers').toBeUndefined()
  expect(expected(route, 'GET', '/q?q=1')).toBeUndefined()
})

test('each match of a rule is tried by itself, and a rule without any takes all', () => {
  const route = routeOf([{ filters: [MIRROR] }, { matches: [prefix('/a'), prefix('/b')] }])
  expect(['/a', '/b/c', '/c'].map((path) => expected(route, 'GET', path))).toEqual([0, 0, 1])
})

test('records behind a rewrite do not show the path that was asked for', () => {
  const rewrite = (urlRewrite: object) => ({ type: 'URLRewrite', urlRewrite })
  const rules = (filter: object) => [{ matches: [prefix('/a')], filters: [MIRROR, filter] }, { matches: [prefix('/')] }]
  const byPath = rewrite({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } })
  expect(expected(routeOf(rules(byPath)), 'GET', '/')).toBeUndefined()
  expect(expected(routeOf(rules(rewrite({ hostname: 'v1.internal' }))), 'GET', '/a', 'v1.internal')).toBe(1)
})

test.for<[string, object[], string[] | undefined, string, number]>([
  ['the Service', [MESH], undefined, 'httpbin:8000', 1],
  ['the Service in full', [MESH], undefined, 'httpbin.prod.svc.cluster.local:8000', 1],
  ['a version itself', [MESH], undefined, 'httpbin-v1:80', 0],
  ['hostnames, which do not count in the mesh', [MESH], ['shop.example'], 'httpbin', 1],
  ['a hostname of a Gateway', [{ name: 'web' }], ['shop.example'], 'shop.example', 1],
  ['another', [{ name: 'web' }], ['shop.example'], 'httpbin-v1', 0],
  ['any, through a Gateway without hostnames', [{ name: 'web' }], undefined, 'shop.example', 1],
  ['the Service, where both are parents', [MESH, { name: 'web' }], ['shop.example'], 'httpbin:8000', 1]
])('promises for what is asked of %s', ([, parentRefs, hostnames, authority, share]) => {
  const route = routeOf([{ filters: [MIRROR] }], { parentRefs, ...(hostnames && { hostnames }) })
  expect(expected(route, 'GET', '/', authority)).toBe(share)
})

test('a probe calls the parent on its port, by the path of the mirrored rule', () => {
  const route = routeOf([
    { matches: [prefix('/')] },
    { matches: [prefix('/api', { method: 'POST' })], filters: [MIRROR] }
  ])
  expect(calledService(route)).toEqual({ name: 'httpbin', namespace: 'prod', port: 8000 })
  expect(planRequest(asServed(route), { port: 8000 })).toEqual({
    url: 'http://httpbin.prod.svc.cluster.local:8000/api',
    method: 'POST',
    headers: [],
    times: 1
  })
  expect(calledService(routeOf([], { parentRefs: [{ name: 'web' }] }))).toBeUndefined()
})

test('a VirtualService is served as it is', () => {
  const object = { ...routeOf([]), apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' }
  expect(asServed(object)).toBe(object)
})
