import { expect, test } from 'vitest'
import { expectationOf } from '../../../../../plugin/compare/pairing/expectation.ts'
import type { HttpRule } from '../../../../../mirror/virtual-service.ts'

const route = [{ destination: { host: 'httpbin', subset: 'v1' } }]
const mirror = { host: 'httpbin', subset: 'v2' }
const TARGET = { ...mirror, percent: 100 }

function expected(http: readonly HttpRule[], method: string, path: string, authority?: string): number | undefined {
  return expectationOf(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { namespace: 'prod' },
      spec: { hosts: ['httpbin', '*.example.com'], http }
    },
    TARGET
  )({ method, path, ...(authority && { authority }) })
}

test('is the percentage of the rule that takes the request', () => {
  const rules: HttpRule[] = [
    { match: [{ uri: { prefix: '/static' } }], route },
    { match: [{ method: { regex: 'GET|HEAD' } }], route, mirror, mirrorPercentage: { value: 30 } },
    { route, mirrors: [{ destination: mirror, percentage: { value: 5 } }] }
  ]
  expect(expected(rules, 'GET', '/static/a.css')).toBe(0)
  expect(expected(rules, 'GET', '/get?uri=/static')).toBe(0.3)
  expect(expected(rules, 'POST', '/get')).toBe(0.05)
})

test('counts only copies to the target that is compared', () => {
  expect(expected([{ route, mirror: { host: 'shadow' } }], 'GET', '/')).toBe(0)
})

test('is unknown where the rule hangs on what the records do not show', () => {
  const rules: HttpRule[] = [{ match: [{ headers: { 'x-user': { exact: 'beta' } } }], route, mirror }, { route }]
  expect(expected(rules, 'GET', '/')).toBeUndefined()
  expect(expected([rules[0]!, { route, mirror }], 'GET', '/')).toBe(1)
  expect(
    expected([{ match: [{ uri: { prefix: '/a' } }], delegate: { name: 'other' } }, { route }], 'GET', '/a')
  ).toBeUndefined()
})

test.each([
  'httpbin',
  'HTTPBIN:8000',
  'httpbin.prod',
  'httpbin.prod.svc:8000',
  'httpbin.prod.svc.cluster.local.',
  'shop.example.com',
  'rewritten.internal'
])('asks %s by the rules', (authority) => {
  const rules = [{ route, mirror, rewrite: { authority: 'rewritten.internal' } }]
  expect(expected(rules, 'GET', '/', authority)).toBe(1)
})

test.each(['httpbin-v1:8000', 'httpbin.other', '10.0.0.9:80', 'example.com'])(
  'promises nothing of what is asked of %s, which the rules do not serve',
  (authority) => expect(expected([{ route, mirror }], 'GET', '/', authority)).toBe(0)
)

test('takes any host for a delegate, which names none', () => {
  const delegate = { metadata: { namespace: 'prod' }, spec: { http: [{ route, mirror }] } }
  expect(expectationOf(delegate, TARGET)({ method: 'GET', path: '/', authority: 'any.org' })).toBe(1)
})

test('folds case where the rule does', () => {
  const rules: HttpRule[] = [{ match: [{ uri: { exact: '/Get' }, ignoreUriCase: true }], route, mirror }]
  expect(expected(rules, 'GET', '/get')).toBe(1)
  expect(expected(rules, 'GET', '/other')).toBe(0)
})

test('goes by the path before a rewrite, and is unknown where the record shows only the one after it', () => {
  const rules: HttpRule[] = [
    { match: [{ uri: { prefix: '/api/' } }], route, mirror, rewrite: { uri: '/' } },
    { match: [{ uri: { prefix: '/static' } }], route }
  ]
  const spec = { hosts: ['httpbin'], http: rules }
  const of = expectationOf(
    { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { namespace: 'prod' }, spec },
    TARGET
  )
  expect(of({ method: 'GET', path: '/get', asked: '/api/get' })).toBe(1)
  expect(of({ method: 'GET', path: '/static', asked: '/static' })).toBe(0)
  expect(of({ method: 'GET', path: '/get' })).toBeUndefined()
  const all = expectationOf(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { namespace: 'prod' },
      spec: {
        hosts: ['httpbin'],
        http: [{ route, mirror, rewrite: { uriRegexRewrite: { match: '.*', rewrite: '/' } } }]
      }
    },
    TARGET
  )
  expect(all({ method: 'GET', path: '/get' })).toBe(1)
})
