// All that runs for days, at once: writes, rollouts, rotated certificates, a follower, compare and diff. Memory and descriptors of
// each process stay level, and nothing is lost. KUBECTL_MIRROR_SOAK_MINUTES says for how long; npm run soak sets it.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMesh, type Mesh } from '../e2e/mesh.ts'
import { installWebhook } from '../e2e/install.ts'
import { FLAWLESS, flawsOf, startWrites } from '../e2e/webhook-writes.ts'
import { trendOf } from './samples.ts'
import { startCommand, watch, type Command } from './watched.ts'

const MINUTES = Number(process.env['KUBECTL_MIRROR_SOAK_MINUTES'] ?? 30)
const WRITES = 20
const REQUESTS = 15
/** Seconds. A stream through the API server does not live for hours: the load comes in rounds, with a rollout of one version after the other in some. */
const ROUND = 60
const ROLLOUT_EVERY = 3
const VERSIONS = ['v1', 'v2']
/** A pod that ends at once loses requests itself, with or without a mirror. */
const GRACEFUL = {
  spec: { template: { spec: { containers: [{ name: 'httpbin', lifecycle: { preStop: { sleep: { seconds: 5 } } } }] } } }
}
/** The part that memory may grow from the middle third to the last. */
const GROWTH = 0.05

const LOAD = readFileSync(new URL('../e2e/diff/load.py', import.meta.url), 'utf8')
const PATHS = ['/get?soak={n}', '/json?soak={n}', '/status/404?soak={n}', '/bytes/1000?soak={n}&seed=7']

let mesh: Mesh

beforeAll(async () => {
  await installWebhook('--set', 'certificates.lifetime=2m')
  mesh = await openMesh('e2e-soak')
  for (const version of VERSIONS)
    await mesh.kubectl(['patch', `deploy/httpbin-${version}`, '--patch', JSON.stringify(GRACEFUL)])
  for (const version of VERSIONS)
    await mesh.kubectl(['rollout', 'status', `deploy/httpbin-${version}`, '--timeout=120s'])
  await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2'])
  await mesh.settle(true)
})
afterAll(() => mesh?.close())

test(`${MINUTES} minutes`, { timeout: (MINUTES + 10) * 60_000 }, async () => {
  const before = await mesh.spec()
  const run = (name: string, ...args: readonly string[]) => startCommand(name, ['httpbin', ...args], mesh.env)
  const logs = run('logs', '--tail=0', '--include=soak=', '--template={{.Version}}')
  const comparing = [run('compare', '-o', 'json'), run('diff', '-o', 'json')]
  for (const command of comparing) await isReading(command)
  const writes = await startWrites('e2e-soak-writes', WRITES)
  const watching = await watch([logs, ...comparing])
  const sent = { requests: 0, failed: 0, rollouts: 0 }
  const end = Date.now() + MINUTES * 60_000
  for (let round = 1; Date.now() < end; round++) {
    const requests = load(ROUND)
    if (round % ROLLOUT_EVERY === 0) {
      const version = VERSIONS[sent.rollouts++ % VERSIONS.length]
      await mesh.kubectl(['rollout', 'restart', `deploy/httpbin-${version}`])
      await mesh.kubectl(['rollout', 'status', `deploy/httpbin-${version}`, '--timeout=120s'])
    }
    const { sent: count, errors, statuses } = await requests
    sent.requests += count
    sent.failed += errors + Object.entries(statuses).reduce((sum, [status, n]) => sum + (status >= '500' ? n : 0), 0)
  }
  // The last lines of a log take a moment.
  await sleep(5000)
  const samples = await watching.stop()
  const written = await writes.stop()
  const ended = await Promise.all([logs, ...comparing].map((command) => command.stop()))
  const trends = Object.fromEntries([...samples].map(([name, all]) => [name, trendOf(all)]))
  const seen = { v1: logs.counts.get('v1'), v2: logs.counts.get('v2') }
  const [compared, differed] = comparing.map((command) => summaryOf(command))
  console.log(JSON.stringify({ ...sent, writes: written.count, seen, compared, differed, trends }, undefined, 2))

  expect(ended.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', '', ''])
  expect(sent.failed, 'live requests that failed').toBe(0)
  expect(flawsOf(written)).toEqual(FLAWLESS)
  expect.soft(seen).toEqual({ v1: sent.requests, v2: sent.requests })
  for (const summary of [compared!, differed!]) expect.soft(summary.requests - summary.copied, 'lost copies').toBe(0)
  for (const [name, { memory, descriptors }] of Object.entries(trends)) {
    expect.soft(memory.last / memory.middle, `${name}: memory`).toBeLessThanOrEqual(1 + GROWTH)
    expect.soft(descriptors.last, `${name}: descriptors`).toBeLessThanOrEqual(descriptors.middle)
  }
  expect(await mesh.spec()).toBe(before)
  expect(await mesh.kubectl(['get', 'envoyfilters,telemetries', '-o', 'name'])).toBe('')
})

interface Load {
  readonly sent: number
  readonly errors: number
  readonly statuses: Readonly<Record<string, number>>
}

async function load(seconds: number): Promise<Load> {
  const args = ['httpbin:8000', `${REQUESTS}`, `${seconds}`, '4', ...PATHS]
  return JSON.parse(await mesh.kubectl(['exec', '-i', 'deploy/sleep', '--', 'python3', '-', ...args], LOAD)) as Load
}

/** Until it prints what it has matched. */
async function isReading(command: Command): Promise<void> {
  for (let attempt = 0; command.last() === ''; attempt++) {
    if (attempt === 60) throw new Error(`${command.name} reads nothing`)
    await mesh.curl('-o', '/dev/null', 'http://httpbin:8000/get?warm=[1-5]')
    await sleep(1000)
  }
}

function summaryOf(command: Command): { readonly requests: number; readonly copied: number } {
  const { requests, copied } = JSON.parse(command.last()) as { readonly requests: number; readonly copied: number }
  return { requests, copied }
}
