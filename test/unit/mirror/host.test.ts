// Hosts as Istio resolves them, and the Services that they name.
import { expect, test } from 'vitest'
import { isSameHost, qualifiedHost, resolveHost, sameHost } from '../../../mirror/host.ts'

const PLACE = { namespace: 'prod' }

test.for([
  ['web', 'web', true],
  ['web', 'web.prod.svc.cluster.local', true],
  ['web', 'web.test.svc.cluster.local', false],
  ['web', 'web.prod', false],
  ['web', 'web.prod.svc', false],
  ['web.prod', 'web.prod.svc.cluster.local', false],
  ['*', '*.prod.svc.cluster.local', false],
  ['::1', '::1.prod.svc.cluster.local', false],
  ['', '.prod.svc.cluster.local', false]
] as const)('%s and %s in prod are one host: %j', ([a, b, expected]) => {
  expect(isSameHost(a, b, PLACE)).toBe(expected)
  expect(isSameHost(b, a, PLACE)).toBe(expected)
})

test.for([
  ['web', undefined],
  ['web.test', 'web.test.svc.cluster.local'],
  ['web.test.svc', 'web.test.svc.cluster.local'],
  ['web.svc', 'web.prod.svc.cluster.local'],
  ['web.svc.cluster.local', 'web.prod.svc.cluster.local'],
  ['web.test.cluster.local', 'web.test.svc.cluster.local'],
  ['web.cluster.local', 'web.prod.svc.cluster.local'],
  ['web.test.svc.cluster.local', undefined],
  ['0.web.test.svc.cluster.local', undefined],
  ['stage.example.net', undefined]
] as const)('%s was meant to be %s', ([host, expected]) => {
  expect(qualifiedHost(host, PLACE)).toBe(expected)
})

test('says a namespace that is not known by a placeholder', () => {
  expect(qualifiedHost('web.svc.example.org', { namespace: '', clusterDomain: 'example.org' })).toBe(
    'web.NAMESPACE.svc.example.org'
  )
})

test.for([
  ['httpbin', { name: 'httpbin', namespace: 'prod' }],
  ['httpbin.shop.svc.cluster.local', { name: 'httpbin', namespace: 'shop' }],
  ['httpbin.shop.svc.corp.example', { name: 'httpbin', namespace: 'shop' }],
  ['httpbin.shop', undefined],
  ['httpbin.shop.svc', undefined],
  ['api.example.com', undefined],
  ['*', undefined]
] as const)('%s, as Istio takes it', ([host, service]) => {
  expect(resolveHost(host, 'prod')).toEqual(service)
})

test('two spellings of a Service are one, whatever the domain of the cluster; a name that Istio leaves as it is is not', () => {
  expect(sameHost('httpbin.prod.svc.corp.example', 'other', 'httpbin', 'prod')).toBe(true)
  expect(sameHost('*.prod.svc.corp.example', 'other', 'httpbin', 'prod')).toBe(true)
  expect(sameHost('httpbin.prod.svc', 'prod', 'httpbin', 'prod')).toBe(false)
})
