// The rows of `check NAME`: none contradicts another, and each cause of loss has a name.
import { expect, test } from 'vitest'
import { LIMITING } from '../../../../mirror/limits.ts'
import { httpRules, withHttpRules, type HttpRule } from '../../../../mirror/virtual-service.ts'
import { checkMirror } from '../../../../plugin/check/mirror.ts'
import type { Link } from '../../../../plugin/check/link.ts'
import type { StoredVirtualService } from '../../../../plugin/resources/virtual-services.ts'
import { clusterOf, IO, listed, mirrored, ROUTE, shop, virtualService, type Model } from './cluster-model.ts'

const SPEC = { hosts: ['httpbin'], http: [{ route: ROUTE }] }
const HTTPBIN = mirrored('shop/httpbin', SPEC)

async function check(object: StoredVirtualService, model: Partial<Model> = {}): Promise<readonly Link[]> {
  return checkMirror(clusterOf({ answers: { ...shop(), ...listed(object) }, ...model }), object, IO as never)
}

/** `failed spec.http[0]: ...` */
async function rows(...asked: Parameters<typeof check>): Promise<string[]> {
  return (await check(...asked)).map(({ outcome, name, detail }) => `${outcome} ${name}: ${detail}`)
}

test('all is well', async () => {
  expect(await rows(HTTPBIN)).toEqual([
    'ok annotation: Active: v1 -> httpbin/v2=100',
    'ok spec.http[0]: v1 -> v2, 100%',
    'ok callers: every caller with a sidecar, in namespaces that it is exported to',
    'ok hosts: httpbin',
    'ok live v1: 1 of 1 pod ready (app=httpbin,version=v1)',
    'ok mirror v2: 1 of 1 pod ready (app=httpbin,version=v2)',
    'warning mirror v2: spec.http[0]: httpbin/v2 has no limits: a hang hurts live requests; set limit (limits.enabled), max-body',
    expect.stringMatching(/^unknown limits: .* Istio 1\.25 or later .* \(the sidecars here are 1\.27\.1\)$/)
  ])
})

test('a hazard comes with the lines that end it, and without it nothing is said', async () => {
  const said = await check(HTTPBIN)
  expect(said.find(({ outcome }) => outcome === 'warning')?.remedy).toBe(
    `enable it with --limit 64 and --max-body 1Mi; or limit it itself, in the DestinationRule of httpbin, subset v2: ${LIMITING}`
  )
  const reads = mirrored('shop/httpbin', SPEC, { to: 'v2', methods: 'GET' })
  const limited = shop({ v1: 1, v2: 1 }, { connectionPool: { http: { http2MaxRequests: 64 } } })
  const quiet = await rows(reads, { answers: { ...limited, ...listed(reads) } })
  expect(quiet.filter((row) => row.startsWith('warning'))).toEqual([])
})

const LIMITED = mirrored('shop/httpbin', SPEC, { to: 'v2', limit: '64' })

test('a mirror with a limit is one to v2: with its pods, without the hazard, and without the name of the subset that limits it', async () => {
  const { '/apis/networking.istio.io/v1/namespaces/shop/destinationrules': rules, ...others } = shop() as Record<
    string,
    { items: object[] }
  >
  const spec = { host: 'httpbin', subsets: [{ name: 'kubectl-mirror-v2', labels: { version: 'v2' } }] }
  const ours = { metadata: { name: 'httpbin.kubectl-mirror.httpbin', namespace: 'shop' }, spec }
  const path = '/apis/networking.istio.io/v1/namespaces/shop/destinationrules'
  const answers = { ...others, [path]: { items: [...rules!.items, ours] }, ...listed(LIMITED) }
  expect((await rows(LIMITED, { answers })).filter((row) => !row.startsWith('unknown'))).toEqual([
    'ok annotation: Active: v1 -> httpbin/v2=100, at most 64 open',
    'ok spec.http[0]: v1 -> v2, 100%',
    'ok callers: every caller with a sidecar, in namespaces that it is exported to',
    'ok hosts: httpbin',
    'ok live v1: 1 of 1 pod ready (app=httpbin,version=v1)',
    'ok mirror v2: 1 of 1 pod ready (app=httpbin,version=v2)',
    'warning mirror v2: spec.http[0]: httpbin/v2 gets bodies of any size: if it hangs, large uploads stall; set max-body'
  ])
})

test('where the DestinationRule that limits it is missing, check says that nothing is copied', async () => {
  const said = await rows(LIMITED)
  expect(said).toContainEqual(
    expect.stringMatching(
      /^failed mirror v2: destination httpbin\/v2: the DestinationRule that limits copies .* is missing/
    )
  )
  expect(said.join('\n')).not.toContain('kubectl-mirror-v2')
})

test.for<[string, (rule: HttpRule) => HttpRule, string]>([
  ['a mirror that was changed', (rule) => ({ ...rule, mirrorPercentage: { value: 5 } }), 'a mirror to v2, 5%'],
  ['a mirror that was removed', () => ({ route: ROUTE }), 'no mirror']
])('%s: no row is ok of the rule', async ([, change, found]) => {
  const drifted = withHttpRules(HTTPBIN, httpRules(HTTPBIN).map(change)) as StoredVirtualService
  const said = await rows(drifted)
  expect(said[0]).toMatch(/^failed annotation: Drifted/)
  expect(said).toContain(`failed spec.http[0]: asked for v1 -> v2, 100%; found ${found}`)
  expect(said.filter((row) => row.startsWith('ok spec.http'))).toEqual([])
})

test('what cannot be read has no arrow without ends, and no row of a rule', async () => {
  const invalid = virtualService('shop/httpbin', SPEC, { 'kubectl-mirror.dev/to': 'v2=0' })
  const said = await rows(invalid)
  expect(said[0]).toMatch(/^failed annotation: Invalid: [^>]*"0" is not a percentage/)
  expect(said.filter((row) => row.includes('spec.http'))).toEqual([])
})

test('a live subset that is missing loses requests, a mirrored one copies', async () => {
  const object = mirrored(
    'shop/httpbin',
    { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin', subset: 'v7' } }] }] },
    { to: 'v9' }
  )
  const said = await rows(object)
  expect(said.find((row) => row.startsWith('failed live v7'))).toMatch(/so its requests fail/)
  expect(said.find((row) => row.startsWith('failed mirror v9'))).toMatch(/so copies go nowhere/)
})

test('a right that is missing makes its rows unknown, and no other', async () => {
  const said = await rows(HTTPBIN, { forbidden: [/services$/] })
  expect(said).toContain(
    'unknown mirror v2: destination httpbin/v2: host httpbin.shop.svc.cluster.local cannot be checked: you may not list services in namespace shop'
  )
  expect(said).toContain('ok spec.http[0]: v1 -> v2, 100%')
  expect(said.filter((row) => row.startsWith('failed'))).toEqual([])
})

test('nothing mirrored yet: the command that starts it can be run as it is', async () => {
  const [row] = await check(virtualService('shop/httpbin', SPEC))
  expect(row?.remedy).toBe('kubectl mirror enable httpbin --to v2 -n shop')
  const [alone] = await check(virtualService('shop/httpbin', SPEC), { answers: shop({ v1: 1 }) })
  expect(alone?.remedy).toMatch(/^define a subset for the version .* in a DestinationRule/)
})

test('a DestinationRule for one namespace alone is no secret', async () => {
  const answers = { ...shop(), ...listed(HTTPBIN) }
  const path = '/apis/networking.istio.io/v1/namespaces/shop/destinationrules'
  const { items } = answers[path] as { items: { spec: object }[] }
  const hidden = { items: items.map((rule) => ({ ...rule, spec: { ...rule.spec, exportTo: ['.'] } })) }
  expect(await rows(HTTPBIN, { answers: { ...answers, [path]: hidden } })).toContain(
    'warning mirror v2: callers and gateways outside namespace shop may not know this subset: its DestinationRule is not exported to them'
  )
})

const OLD = { creationTimestamp: '2020-01-01T00:00:00Z' }
const NEW = { creationTimestamp: '2030-01-01T00:00:00Z' }
const HOST = 'httpbin.shop.svc.cluster.local'

test.for<[string, StoredVirtualService, string]>([
  [
    'an older one, for all',
    virtualService('ops/other', { hosts: [HOST] }, {}, OLD),
    'ops/other, and callers in shop use only that one'
  ],
  [
    'a younger one, for all',
    virtualService('ops/other', { hosts: [HOST] }, {}, NEW),
    'ops/other, but callers in shop use only this one'
  ],
  [
    'a younger one, for this namespace',
    virtualService('shop/other', { hosts: ['httpbin'], exportTo: ['.'] }, {}, NEW),
    'shop/other, and callers in shop use only that one'
  ],
  [
    'one for its own namespace',
    virtualService('ops/other', { hosts: [HOST], exportTo: ['.'] }, {}, OLD),
    'ops/other, for others than callers in shop'
  ]
])('a rival in any namespace is found: %s', async ([, rival, expected]) => {
  const object = { ...HTTPBIN, metadata: { ...HTTPBIN.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } }
  const said = await rows(object, { answers: { ...shop(), ...listed(object, rival) } })
  expect(said).toContain(`warning hosts: other VirtualServices serve httpbin, too: ${expected}`)
})

test.for<[string, StoredVirtualService]>([
  ['another host', virtualService('ops/other', { hosts: ['httpbin'] })],
  ['a pattern, however old', virtualService('ops/other', { hosts: ['*.shop.svc.cluster.local'] }, {}, OLD)],
  ['another gateway', virtualService('ops/other', { hosts: [HOST], gateways: ['public'] })],
  ['exported to no namespace', virtualService('ops/other', { hosts: [HOST], exportTo: ['~'] })]
])('is none: %s', async ([, other]) => {
  expect(await rows(HTTPBIN, { answers: { ...shop(), ...listed(HTTPBIN, other) } })).toContain('ok hosts: httpbin')
})

test('a host within a pattern of ours follows its own VirtualService, however young', async () => {
  const ours = mirrored('shop/all', { hosts: ['*.shop.svc.cluster.local'], http: [{ route: ROUTE }] })
  const other = virtualService('ops/other', { hosts: [HOST] }, {}, NEW)
  expect(await rows(ours, { answers: { ...shop(), ...listed(ours, other) } })).toContain(
    `warning hosts: other VirtualServices serve *.shop.svc.cluster.local, too: ops/other, which callers in shop use for ${HOST}`
  )
})

test('who may list one namespace is told of the rest that it is unknown', async () => {
  const said = await rows(HTTPBIN, { forbidden: [/v1\/virtualservices$/] })
  expect(said).toContain(
    'unknown hosts: other VirtualServices may serve httpbin, too: you may not list virtualservices in the cluster'
  )
})

test('of a mirror typed into a delegate by hand the root in the way is named, too', async () => {
  const branch = { uri: { prefix: '/a' } }
  const rule = { match: [branch], route: ROUTE, mirror: { host: 'httpbin', subset: 'v2' } }
  const leaf = virtualService('shop/leaf', { http: [rule] })
  const match = [{ uri: { prefix: '/b' } }]
  const http = [{ match, delegate: { name: 'leaf', namespace: 'shop' } }]
  const root = virtualService('edge/root', { hosts: ['httpbin'], http })
  const said = await rows(leaf, { answers: { ...shop(), ...listed(leaf, root) } })
  expect(said.filter((row) => row.startsWith('failed'))).toEqual([
    expect.stringMatching(/^failed spec\.http\[0\]: Istio drops this rule under edge\/root/)
  ])
})

test("a delegate is called by its roots' hosts and gateways", async () => {
  const leaf = mirrored('shop/leaf', { http: [{ route: ROUTE }] }, { to: 'v2', methods: 'GET' })
  const delegate = { name: 'leaf', namespace: 'shop' }
  const roots = [
    virtualService('edge/plain', {
      hosts: ['a.example.com'],
      gateways: ['public'],
      http: [{ route: ROUTE }, { delegate }]
    }),
    virtualService('edge/caseless', {
      hosts: ['b.example.com'],
      gateways: ['public'],
      http: [{ match: [{ uri: { prefix: '/' }, ignoreUriCase: true }], delegate }]
    })
  ]
  const said = await rows(leaf, { answers: { ...shop(), ...listed(leaf, ...roots) } })
  expect(said[0]).toMatch(/^failed annotation: RootConflict: v1 -> httpbin\/v2=100, only GET/)
  expect(said).toContain('ok roots: edge/plain spec.http[1], edge/caseless spec.http[0] delegate here')
  expect(said.find((row) => row.includes(' spec.http[0]: '))).toMatch(
    /^failed spec\.http\[0\]: v1 -> v2, 100%, but Istio drops this rule under edge\/caseless spec\.http\[0\], so nothing is copied/
  )
  expect(said).toContain(
    'warning callers: only requests through edge/public; requests from inside the mesh are not mirrored'
  )
  expect(said).toContain('ok hosts: a.example.com')
  const alone = await rows(leaf)
  expect(alone.find((row) => row.startsWith('failed roots'))).toMatch(
    /no VirtualService delegates to "leaf".* gets no requests/
  )
})
