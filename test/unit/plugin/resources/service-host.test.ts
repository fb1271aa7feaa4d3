// Which Service a host names, to the plugin.
import { expect, test } from 'vitest'
import { resolveHost, sameHost } from '../../../../plugin/resources/service-host.ts'

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
