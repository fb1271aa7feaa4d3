// What status finds around a mirror: rights that are missing, pods, guardrails, and the roots of a delegate.
import { expect, test } from 'vitest'
import type { HttpMatch, HttpRule } from '../../../../mirror/virtual-service.ts'
import { StatusReader } from '../../../../plugin/status/status-reader.ts'
import type { StoredVirtualService } from '../../../../plugin/resources/virtual-services.ts'
import { clusterOf, IO, listed, mirrored, ROUTE, shop, virtualService, type Model } from '../check/cluster-model.ts'

function statusOf(object: StoredVirtualService, model: Partial<Model> = {}) {
  return new StatusReader(clusterOf({ answers: shop(), ...model }), IO, 'shop').status(object)
}

const HTTPBIN = mirrored('shop/httpbin', { hosts: ['httpbin'], http: [{ route: ROUTE }] })

test('a target that is there and ready', async () => {
  expect((await statusOf(HTTPBIN))?.state).toEqual({ code: 'Active' })
})

test.for<[string, RegExp, string]>([
  [
    'services',
    /services$/,
    'host httpbin.shop.svc.cluster.local cannot be checked: you may not list services in namespace shop'
  ],
  [
    'destinationrules',
    /shop.destinationrules$/,
    'subset "v2" of httpbin.shop.svc.cluster.local cannot be checked: you may not list destinationrules in namespace shop'
  ],
  ['pods', /pods$/, 'unknown whether v2 has a ready pod: you may not list pods in namespace shop']
])('who may not list %s is told so, and of no missing target', async ([, forbidden, message]) => {
  const status = await statusOf(HTTPBIN, { forbidden: [forbidden] })
  expect(status?.state).toEqual({ code: 'Unknown', message })
})

test('what a namespace decides is known without a right in the next', async () => {
  const model = { forbidden: [/istio-system/, /serviceentries/] }
  expect((await statusOf(HTTPBIN, model))?.state.code).toBe('Active')
  const v9 = mirrored('shop/httpbin', { hosts: ['httpbin'], http: [{ route: ROUTE }] }, { to: 'v9' })
  expect((await statusOf(v9, model))?.state.code).toBe('TargetMissing')
  const elsewhere = mirrored('shop/httpbin', { hosts: ['httpbin'], http: [{ route: ROUTE }] }, { to: 'shadow/' })
  expect((await statusOf(elsewhere, model))?.state).toEqual({
    code: 'Unknown',
    message: expect.stringMatching(/there is no such Service, and you may not list serviceentries in the cluster$/)
  })
})

test('a Service that is not exported to the callers is not there for them', async () => {
  const services = '/api/v1/namespaces/shadow/services'
  const service = (exportTo: string) => ({
    metadata: { name: 'shadow', annotations: { 'networking.istio.io/exportTo': exportTo } },
    spec: { ports: [{ port: 80 }] }
  })
  const object = mirrored(
    'shop/httpbin',
    { hosts: ['httpbin'], http: [{ route: ROUTE }] },
    { to: 'shadow.shadow.svc.cluster.local/' }
  )
  const stateFor = async (exportTo: string) =>
    (await statusOf(object, { answers: { ...shop(), [services]: { items: [service(exportTo)] } } }))?.state.code
  expect(await Promise.all(['.', '~', 'shop', '*'].map(stateFor))).toEqual([
    'TargetMissing',
    'TargetMissing',
    'Active',
    'Active'
  ])
})

test('a target scaled to 0 is not active', async () => {
  const status = await statusOf(HTTPBIN, { answers: shop({ v1: 1, v2: 0 }) })
  expect(status?.state).toEqual({ code: 'TargetNotReady', message: 'v2 has no pod (app=httpbin,version=v2)' })
})

test('a mirror that breaks a guardrail set since is told with the rule', async () => {
  const configuration = {
    name: 'mirror.kubectl-mirror.dev',
    failurePolicy: 'Ignore',
    clientConfig: { service: { namespace: 'km', name: 'km' } }
  }
  const policy = (text: string) => ({
    ...shop(),
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': {
      items: [
        { metadata: { name: 'other' }, webhooks: null },
        { metadata: { name: 'km' }, webhooks: [configuration] }
      ]
    },
    '/api/v1/namespaces/km/configmaps/km-policy': { data: { 'policy.json': text } }
  })
  const status = await statusOf(HTTPBIN, { answers: policy('{"maxPercent":10,"allowedTargetNamespaces":["."]}') })
  expect(status?.state).toEqual({
    code: 'Forbidden',
    message: '100 % to httpbin/v2 is more than policy.maxPercent permits; use at most 10 %, for example httpbin/v2=10'
  })
  expect((await statusOf(HTTPBIN, { answers: policy('{"maxPercent":100}') }))?.state.code).toBe('Active')
  expect((await statusOf(HTTPBIN, { answers: policy('broken') }))?.state.code).toBe('Active')
})

const LEAF = mirrored('shop/leaf', { http: [{ route: ROUTE }] }, { to: 'v2', methods: 'GET' })

function root(match: HttpMatch, key = 'edge/root'): StoredVirtualService {
  return virtualService(key, {
    hosts: ['httpbin.shop.svc.cluster.local'],
    http: [{ match: [match], delegate: { name: 'leaf', namespace: 'shop' } }]
  })
}

test('a delegate that a root lets through is active', async () => {
  const answers = { ...shop(), ...listed(root({ uri: { prefix: '/' } }), LEAF) }
  expect((await statusOf(LEAF, { answers }))?.state).toEqual({ code: 'Active' })
})

test('the root whose match is in the way is named', async () => {
  const answers = { ...shop(), ...listed(root({ uri: { prefix: '/' }, ignoreUriCase: true }), LEAF) }
  const status = await statusOf(LEAF, { answers })
  expect(status?.state).toEqual({
    code: 'RootConflict',
    message: expect.stringMatching(
      /edge\/root spec\.http\[0\], so nothing is copied: .*ignoreUriCase is false, the root's true/
    )
  })
})

test('a delegate that no root names gets no requests, unless roots may not be read', async () => {
  expect((await statusOf(LEAF, { answers: { ...shop(), ...listed(LEAF) } }))?.state.code).toBe('NoRoot')
  const status = await statusOf(LEAF, { forbidden: [/v1\/virtualservices$/] })
  expect(status?.state).toEqual({
    code: 'Unknown',
    message: 'unknown whether a VirtualService delegates here: you may not list virtualservices in the cluster'
  })
})

test('the baseline of a run is shown as that, with its end', async () => {
  const until = '2026-01-01T00:10:00.000Z'
  const object = mirrored(
    'shop/httpbin',
    { hosts: ['httpbin'], http: [{ route: ROUTE }] },
    { to: 'v2', baseline: until }
  )
  const status = await statusOf(object)
  expect(status).toMatchObject({
    to: ['httpbin/v2=100'],
    baseline: { to: ['httpbin/v1=100'], until },
    state: { code: 'Active' }
  })
  const later = new StatusReader(
    clusterOf({ answers: shop() }),
    { now: () => new Date('2026-01-01T00:20:00Z') },
    'shop'
  )
  expect((await later.status(object))?.state).toEqual({
    code: 'BaselineCopying',
    message: `the baseline of a killed run ended at ${until}`,
    remedy: 'kubectl annotate virtualservice/httpbin -n shop kubectl-mirror.dev/baseline-'
  })
})

test('what is unreadable beside a past end does not hide that requests are still copied', async () => {
  const rule = { route: ROUTE, mirror: { host: 'httpbin', subset: 'v2' }, mirrorPercentage: { value: 100 } }
  const annotations = {
    'kubectl-mirror.dev/to': 'v2',
    'kubectl-mirror.dev/methods': 'get',
    'kubectl-mirror.dev/until': '2020-01-01T00:00:00Z'
  }
  const stateOf = async (http: readonly HttpRule[], injected = {}) =>
    (await statusOf(virtualService('shop/httpbin', { hosts: ['httpbin'], http }, { ...annotations, ...injected })))
      ?.state
  expect(await stateOf([rule], { 'kubectl-mirror.dev/injected': 'httpbin/v2' })).toEqual({
    code: 'ExpiredCopying',
    message: expect.stringMatching(/^no webhook has ended it; .*"get" is not an HTTP method/),
    remedy: 'kubectl mirror disable httpbin -n shop'
  })
  expect((await stateOf([{ route: ROUTE }]))?.code).toBe('Expired')
})
