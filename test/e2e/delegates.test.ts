// A mirror on a delegate, on a real mesh: copies arrive, or status and check name the root that is in the way.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startKubectl } from './kubectl.ts'
import { openMesh, steady, type Mesh } from './mesh.ts'

const EDGE = 'e2e-delegates-edge'
let mesh: Mesh

beforeAll(async () => {
  mesh = await openMesh('e2e-delegates')
  await mesh.kubectl(['create', 'namespace', EDGE])
  // The tutorial's own, which would be its rival.
  await mesh.kubectl(['delete', 'virtualservice', 'httpbin'])
  await mesh.apply(virtualService('leaf', mesh.namespace, { http: [{ route: [{ destination: LIVE }] }] }))
})
afterAll(async () => {
  await mesh?.kubectl(['delete', 'namespace', EDGE, '--wait=false'])
  await mesh?.close()
})

const LIVE = { host: 'httpbin', subset: 'v1' }

function virtualService(name: string, namespace: string, spec: object): string {
  return JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec
  })
}

function applyRoot(match: object): Promise<string> {
  const delegate = { name: 'leaf', namespace: mesh.namespace }
  const hosts = [`httpbin.${mesh.namespace}.svc.cluster.local`]
  return mesh.apply(virtualService('root', EDGE, { hosts, http: [{ match: [match], delegate }] }))
}

/** stdout, whatever the exit code. */
async function mirror(...args: readonly string[]): Promise<string> {
  return (await startKubectl(['mirror', ...args], { env: mesh.env }).ended).stdout
}

const state = () => mirror('status', 'leaf', '-o', 'jsonpath={.state.code}: {.state.message}')

test('a delegate that no root names gets no requests, and is said to', async () => {
  await mesh.kubectl(['mirror', 'enable', 'leaf', '--to', 'v2', '--method', 'GET', '--direct'])
  expect(await state()).toMatch(/^NoRoot: .*no VirtualService delegates to "leaf"/)
  expect(await mirror('check', 'leaf')).toMatch(/^failed +roots +.*no VirtualService delegates to "leaf"/m)
})

test('a root whose match Istio cannot merge: no copy arrives, and it is named', async () => {
  await applyRoot({ uri: { prefix: '/' }, ignoreUriCase: true })
  // Before the root there was no route at all.
  await mesh.settle(false)
  const marker = `conflict=${Date.now()}`
  for (let sent = 0; sent < 5; sent++) await mesh.curl('-o', '/dev/null', `http://httpbin:8000/get?${marker}`)
  expect(await steady(() => mesh.seen('v1', marker), 5)).toHaveLength(5)
  expect(await mesh.seen('v2', marker)).toEqual([])
  const named = `${EDGE}/root spec\\.http\\[0\\], so nothing is copied: .*ignoreUriCase`
  expect(await state()).toMatch(new RegExp(`^RootConflict: .*${named}`))
  expect(await mirror('check', 'leaf')).toMatch(
    new RegExp(`^failed +spec\\.http\\[0\\] +v1 -> v2, 100%, but .*${named}`, 'm')
  )
})

test('a root that lets the rule through: copies arrive, and every link holds', async () => {
  await applyRoot({ uri: { prefix: '/' } })
  await mesh.settle(true)
  expect(await mirror('status', 'leaf', '-o', 'jsonpath={.state.code}')).toBe('Active')
  const checked = await mirror('check', 'leaf')
  expect(checked).toMatch(new RegExp(`^ok +roots +${EDGE}/root spec\\.http\\[0\\] delegates here$`, 'm'))
  expect(checked).toMatch(/^ok +callers +every caller with a sidecar/m)
  // The tutorial's DestinationRule has no limits.
  expect(checked.replace(/^warning +mirror v2 .* has no limits.*/m, '')).not.toMatch(/^(failed|warning)/m)
})
