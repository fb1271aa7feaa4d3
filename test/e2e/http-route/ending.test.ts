// How a mirror of an HTTPRoute ends while requests flow, in the mesh and through a Gateway: at its time, or with its target. No
// live request may notice.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../until.ts'
import { steady, type Mesh } from '../mesh.ts'
import { times } from '../short.ts'
import { CALLERS, openHttpbin, ROUTE, serve, settled } from './httpbin.ts'
import { startLoad, type Sent } from './load.ts'

const LASTS_S = times(30, 10)
const ROUNDS = times(10, 1)
const DELETABLE = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields']

let mesh: Mesh
let before: string

beforeAll(async () => {
  mesh = await openHttpbin('e2e-route-ending')
  await serve(mesh, CALLERS)
  before = await mesh.spec(ROUTE)
})
afterAll(() => mesh?.close())

/** What callers in the mesh, then those of the Gateway sent meanwhile; none failed. */
async function underLoad(marker: string, meanwhile: () => Promise<void>): Promise<Sent[][]> {
  const loads = CALLERS.map(({ host }, caller) => startLoad(mesh, host, `${marker}=${caller}`))
  try {
    await meanwhile()
  } catch (error) {
    await Promise.all(loads.map((load) => load.stop()))
    throw error
  }
  const sent = await Promise.all(loads.map((load) => load.stop()))
  for (const [caller, { from }] of CALLERS.entries()) {
    expect(
      sent[caller]!.filter(({ status }) => status !== '200'),
      from
    ).toEqual([])
    console.log(`${marker}, from ${from}: ${sent[caller]!.length} live requests, all 200`)
  }
  return sent
}

async function annotate(...pairs: string[]): Promise<void> {
  await mesh.kubectl(['annotate', '--overwrite', ROUTE, ...pairs.map((pair) => `kubectl-mirror.dev/${pair}`)])
}

const isMirrored = async () => (await mesh.spec(ROUTE)).includes('RequestMirror')

test('a mirror with an end ends by itself, at its time: every request before it has its copy, and none after', async () => {
  const end = Math.ceil(Date.now() / 1000) + LASTS_S
  const sent = await underLoad('until', async () => {
    await annotate('to=httpbin-v2', `until=${new Date(end * 1000).toISOString()}`)
    await until('the mirror has ended', async () => !(await isMirrored()), 120_000)
    await settled(mesh, false)
  })
  expect(await mesh.spec(ROUTE)).toBe(before)
  const copies = new Set(await steady(() => mesh.seen('v2', 'until=')))
  for (const [caller, { from }] of CALLERS.entries()) {
    const live = sent[caller]!
    const isCopied = live.map(({ path }) => copies.has(path))
    const [first, last] = [isCopied.indexOf(true), isCopied.lastIndexOf(true)]
    expect(first, `${from}: the first copy`).toBeGreaterThanOrEqual(0)
    expect(
      isCopied.slice(first, last + 1).filter((one) => !one),
      `${from}: lost copies`
    ).toEqual([])
    expect(last, `${from}: the last copy`).toBeLessThan(live.length - 1)
    expect(live[last + 1]!.second, `${from}: when the first request passed without a copy`).toBeGreaterThanOrEqual(end)
    console.log(`from ${from}: ${last - first + 1} copies without a gap`)
  }
  await annotate('to-', 'until-')
})

test('a target that vanishes under load hurts no live request, and its mirror returns with it', async () => {
  await annotate('to=httpbin-v2')
  await settled(mesh, true)
  const service = JSON.parse(await mesh.kubectl(['get', 'service', 'httpbin-v2', '-o', 'json'])) as {
    metadata: Record<string, unknown>
    spec: Record<string, unknown>
  }
  for (const field of DELETABLE) delete service.metadata[field]
  for (const field of ['clusterIP', 'clusterIPs']) delete service.spec[field]
  await underLoad('vanished', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      await mesh.kubectl(['delete', 'service', 'httpbin-v2'])
      await until('the mirror is out', async () => !(await isMirrored()), 30_000)
      await pause(times(1_000, 0))
      await mesh.apply(JSON.stringify(service))
      await until('the mirror is back', isMirrored, 60_000)
      await pause(times(1_000, 0))
    }
    await settled(mesh, true)
  })
  await annotate('to-')
  expect(await mesh.spec(ROUTE)).toBe(before)
})
