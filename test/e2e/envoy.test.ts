// Envoy as the judge: what each annotation really copies, proven in the applications' own logs.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addThirdVersion, openMesh, steady, type Mesh } from './mesh.ts'

let mesh: Mesh

beforeAll(async () => {
  mesh = await openMesh('e2e-envoy')
  await addThirdVersion(mesh)
  const subset = { op: 'add', path: '/spec/subsets/-', value: { name: 'v3', labels: { version: 'v3' } } }
  await mesh.kubectl(['patch', 'destinationrule/httpbin', '--type=json', '--patch', JSON.stringify([subset])])
})
afterAll(() => mesh?.close())

const SIMPLE = `
  - route: [{destination: {host: httpbin, subset: v1}}]`

beforeEach(async () => {
  await mesh.kubectl(['delete', 'virtualservice', 'httpbin', '--ignore-not-found'])
})

async function mirrored(annotations: Readonly<Record<string, string>>, http = SIMPLE): Promise<void> {
  const lines = Object.entries(annotations).map(([name, value]) => `    kubectl-mirror.dev/${name}: '${value}'`)
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: httpbin
  annotations:
${lines.join('\n')}
spec:
  hosts: [httpbin]
  http:${http}
`)
}

test('two targets both receive', async () => {
  await mirrored({ to: 'v2,v3' })
  await mesh.settle(true)
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/get?two-targets=[1-50]')
  for (const version of ['v1', 'v2', 'v3']) {
    expect(await steady(() => mesh.seen(version, 'two-targets='), 50), version).toHaveLength(50)
  }
})

test('25 % of 2,000 requests lies within the 99.9 % binomial interval', async () => {
  await mirrored({ to: 'v2=25' })
  await mesh.settle(true)
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/status/200?quarter=[1-2000]')
  expect(await steady(() => mesh.seen('v1', 'quarter='), 2_000)).toHaveLength(2_000)
  // Exact binomial quantiles of n = 2000, p = 0.25 at 0.05 % and 99.95 %.
  const copies = (await steady(() => mesh.seen('v2', 'quarter='))).length
  expect(copies).toBeGreaterThanOrEqual(437)
  expect(copies).toBeLessThanOrEqual(565)
})

const FOUR_RULES = `
  - name: status
    match: [{uri: {prefix: /status/}}]
    route: [{destination: {host: httpbin, subset: v1}}]
  - match: [{uri: {exact: /moved}}]
    redirect: {uri: /get}
  - match: [{uri: {prefix: /rewritten}}]
    rewrite: {uri: /anything}
    headers: {request: {set: {x-rule: rewritten}}}
    route: [{destination: {host: httpbin, subset: v1}}]
  - match: [{uri: {exact: /teapot}}]
    directResponse: {status: 418}
  - route: [{destination: {host: httpbin, subset: v1}}]`

/** Status and answer of a request on every rule, with both methods. */
async function answers(marker: string): Promise<string[]> {
  const found: string[] = []
  for (const method of ['GET', 'POST']) {
    for (const path of ['/status/202', '/moved', '/rewritten/a', '/teapot', '/anything/b']) {
      const answer = await mesh.curl(
        '-X',
        method,
        '-w',
        '\n%{http_code} %{redirect_url}',
        `http://httpbin:8000${path}?${marker}`
      )
      // What differs between any two requests: the id, and this run's marker.
      found.push(`${method} ${path} ${answer.replaceAll(/"X-Request-Id": "[^"]*"/g, '').replaceAll(marker, '')}`)
    }
  }
  return found
}

test('a method filter copies no POST, and changes no status, path or header of any rule', async () => {
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin}
spec:
  hosts: [httpbin]
  http:${FOUR_RULES}
`)
  await mesh.settle(false)
  const before = await answers('before')
  await mirrored({ to: 'v2', methods: 'GET' }, FOUR_RULES)
  await mesh.settle(true)
  expect(await answers('filtered')).toEqual(before)
  const copies = (await steady(() => mesh.seen('v2', 'filtered'), 3))
    .map((path) => path.replace(/[?].*/, ''))
    .toSorted()
  expect(copies).toEqual(['/anything/a', '/anything/b', '/status/202'])
})

test('a header filter copies only those, and takes no request from the rules after it', async () => {
  await mirrored(
    { to: 'v3', headers: 'x-user=beta,x-trace' },
    `
  - match: [{uri: {prefix: /anything}}]
    route: [{destination: {host: httpbin, subset: v1}}]
  - match: [{headers: {x-user: {exact: beta}}}]
    route: [{destination: {host: httpbin, subset: v2}}]
  - route: [{destination: {host: httpbin, subset: v1}}]`
  )
  const both = ['-H', 'x-user: beta', '-H', 'x-trace: 1']
  await mesh.settle(true, { all: 'v2', some: 'v3', curl: both })
  await mesh.curl('-o', '/dev/null', ...both, 'http://httpbin:8000/anything?headers=both')
  await mesh.curl('-o', '/dev/null', ...both, 'http://httpbin:8000/get?headers=later-rule')
  await mesh.curl('-o', '/dev/null', '-H', 'x-user: beta', 'http://httpbin:8000/anything?headers=one')
  await mesh.curl('-o', '/dev/null', '-H', 'x-user: alpha', '-H', 'x-trace: 1', 'http://httpbin:8000/get?headers=other')
  expect(await steady(() => mesh.seen('v3', 'headers='), 2)).toEqual([
    '/anything?headers=both',
    '/get?headers=later-rule'
  ])
  expect(await mesh.seen('v2', 'headers=')).toEqual(['/get?headers=later-rule'])
  expect(await mesh.seen('v1', 'headers=')).toEqual([
    '/anything?headers=both',
    '/anything?headers=one',
    '/get?headers=other'
  ])
})

test('`from: v1` mirrors the rules that route there, on a 90/10 split every request of them', async () => {
  await mirrored(
    { to: 'v3', from: 'v1' },
    `
  - match: [{uri: {prefix: /anything}}]
    route: [{destination: {host: httpbin, subset: v2}}]
  - route:
    - {destination: {host: httpbin, subset: v1}, weight: 90}
    - {destination: {host: httpbin, subset: v2}, weight: 10}`
  )
  await mesh.settle(true, { all: 'v3', some: 'v1' })
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/get?split=[1-300]')
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/anything?split=not-from-v1')
  const copies = await steady(() => mesh.seen('v3', 'split='), 300)
  expect(copies).toHaveLength(300)
  expect(copies).not.toContain('/anything?split=not-from-v1')
  const live = [await mesh.seen('v1', 'split='), await mesh.seen('v2', 'split=')]
  expect(live.map((paths) => paths.length).reduce((a, b) => a + b)).toBe(301)
  expect(live[0]!.length).toBeGreaterThan(240)
})

test('an expired mirror copies nothing', async () => {
  await mirrored({ to: 'v2', until: '2020-01-01T00:00:00Z' })
  await mesh.settle(false)
  expect(await mesh.spec()).not.toContain('mirror')
})
