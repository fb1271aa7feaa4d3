// The tutorial, asserted: each live request's copy in both applications' and both sidecars' logs, and the exact way back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMesh, steady, type Mesh } from './mesh.ts'

let mesh: Mesh

beforeAll(async () => {
  mesh = await openMesh('e2e-tutorial')
})
afterAll(() => mesh?.close())

/** Masked request ids of the requests that a version's sidecar logged and whose line contains the marker. */
async function sidecarIds(version: string, marker: string): Promise<string[]> {
  const log = await mesh.kubectl(['logs', `deploy/httpbin-${version}`, '--container', 'istio-proxy', '--tail', '-1'])
  const lines = log.split('\n').filter((line) => line.includes(marker))
  // Envoy may rewrite the UUID's version digit, at index 14, to record its sampling decision.
  return lines
    .map((line) => /"([0-9a-f]{8}-[0-9a-f-]{27})"/.exec(line)?.[1]?.replace(/^(.{14})./, '$1_') ?? line)
    .toSorted()
}

test('before: only v1 sees a request', async () => {
  await mesh.settle(false)
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/get?before=[1-5]')
  expect(await steady(() => mesh.seen('v1', 'before='), 5)).toHaveLength(5)
  expect(await mesh.seen('v2', 'before=')).toEqual([])
})

test('enable, requests in both versions, disable, silence', async () => {
  const spec = await mesh.spec()
  expect(await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2'])).toContain('mirrored')
  expect(await mesh.kubectl(['mirror', 'status', 'httpbin'])).toContain('Active')
  await mesh.settle(true)

  const live = Array.from({ length: 20 }, (_, index) => `/get?mirrored=${index + 1}`)
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/get?mirrored=[1-20]')
  expect(await steady(() => mesh.seen('v1', 'mirrored='), live.length)).toEqual(live)
  const copies = await steady(() => mesh.seen('v2', 'mirrored='), live.length)
  expect(new Set(copies)).toEqual(new Set(live))
  expect(copies).toHaveLength(live.length)
  expect(await sidecarIds('v2', 'mirrored=')).toEqual(await sidecarIds('v1', 'mirrored='))

  await mesh.kubectl(['mirror', 'disable', 'httpbin'])
  expect(await mesh.spec()).toBe(spec)
  expect(
    await mesh.kubectl(['get', 'virtualservice', 'httpbin', '-o', 'jsonpath={.metadata.annotations}'])
  ).not.toContain('kubectl-mirror.dev')
  await mesh.settle(false)
  await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/get?after=[1-5]')
  expect(await steady(() => mesh.seen('v1', 'after='), 5)).toHaveLength(5)
  expect(await mesh.seen('v2', 'after=')).toEqual([])
})

test.for([
  { how: 'the webhook', http: '', annotate: true },
  {
    how: 'hand, in the old spelling',
    http: '\n    mirror: {host: httpbin, subset: v2}\n    mirror_percent: 100',
    annotate: false
  }
])('logs follow both versions of a mirror set up by $how', async ({ http, annotate }) => {
  await mesh.kubectl(['delete', 'virtualservice', 'httpbin'])
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin}
spec:
  hosts: [httpbin]
  http:
  - route: [{destination: {host: httpbin, subset: v1}}]${http}
`)
  if (annotate) await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2'])
  await mesh.settle(true)
  const marker = `followed=${annotate}-`
  const logs = spawn('kubectl', ['mirror', 'logs', 'httpbin', '--tail=0'], { env: mesh.env })
  const lines: string[] = []
  logs.stdout
    .setEncoding('utf8')
    .on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line.includes(marker))))
  try {
    // A follower that is attached shows the next request; until then, ask again.
    await expect
      .poll(async () => (await mesh.curl('-o', '/dev/null', `http://httpbin:8000/get?${marker}0`), lines.length), {
        timeout: 30_000
      })
      .toBeGreaterThan(1)
    await mesh.curl('-o', '/dev/null', `http://httpbin:8000/get?${marker}[1-10]`)
    const shown = (version: string) =>
      lines.filter((line) => line.includes(`httpbin-${version}`) && !line.includes(`${marker}0`))
    await expect.poll(() => [shown('v1').length, shown('v2').length], { timeout: 20_000 }).toEqual([10, 10])
  } finally {
    logs.kill('SIGINT')
    await once(logs, 'close')
  }
  expect(logs.exitCode).toBe(0)
  await mesh.kubectl(['mirror', 'disable', 'httpbin'])
})

test('what a user gets wrong is named, and nothing is written', async () => {
  const before = await mesh.kubectl(['get', 'virtualservice', 'httpbin', '-o', 'jsonpath={.metadata.resourceVersion}'])
  const wrong = (...args: readonly string[]) =>
    mesh.kubectl(['mirror', ...args]).then(String, (error: unknown) => (error as Error).message)
  expect(await wrong('enable', 'nowhere', '--to', 'v2')).toMatch(/"nowhere" not found/)
  expect(await wrong('enable', 'httpbin', '--to', 'v2', '--percent', '150')).toMatch(/"150" is not a percentage/)
  const after = await mesh.kubectl(['get', 'virtualservice', 'httpbin', '-o', 'jsonpath={.metadata.resourceVersion}'])
  expect(after).toBe(before)
})
