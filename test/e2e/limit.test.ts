// A limit on a real mesh: a version that hangs gets no more copies than asked for, and live requests notice nothing; neither do
// they when mirrors with limits come and go.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../until.ts'
import { installWebhook } from './install.ts'
import { openMesh, steady, type Mesh } from './mesh.ts'
import { times } from './short.ts'

const LIMIT = 4

let mesh: Mesh

beforeAll(async () => {
  await installWebhook('--set', 'limits.enabled=true')
  mesh = await openMesh('e2e-limit')
})
afterAll(() => mesh?.close())

/** Of the cluster that limited copies go to, in the caller's sidecar; undefined: it has none. */
async function copiesCluster(statistic: string): Promise<number | undefined> {
  const all = await mesh.kubectl([
    'exec',
    'deploy/sleep',
    '-c',
    'istio-proxy',
    '--',
    'pilot-agent',
    'request',
    'GET',
    'clusters'
  ])
  const ours = all.split('\n').filter((line) => {
    return /\|kubectl-mirror(-v2)?\|/.test(line) && line.includes(`::${statistic}::`)
  })
  return ours.length === 0 ? undefined : ours.reduce((sum, line) => sum + Number(line.split('::').at(-1)), 0)
}

/** Statuses of live requests, sent at this many a second. */
async function live(count: number, perSecond: number, path = '/get'): Promise<Set<string>> {
  const url = `http://httpbin:8000${path}?live=[1-${count}]`
  const all = await mesh.curl('-o', '/dev/null', '--rate', `${perSecond * 60}/m`, '-w', '%{http_code}\\n', url)
  return new Set(all.trim().split('\n'))
}

const limits = () => mesh.kubectl(['get', 'destinationrules', '-l', 'kubectl-mirror.dev/limit', '-o', 'name'])
const isLimited = () =>
  until(
    'the caller has the limit',
    async () => (await copiesCluster('default_priority::max_requests')) === LIMIT,
    60_000
  )

test('copies go to v2 through a subset with the limit', async () => {
  await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2', '--limit', String(LIMIT)])
  await isLimited()
  await mesh.settle(true)
  expect(await mesh.spec()).toContain('"mirror":{"host":"httpbin","subset":"kubectl-mirror-v2"}')
})

test('while v2 hangs, no more copies than that are open, and each live request is answered', async () => {
  // gunicorn replaces a worker that is silent for 30 s.
  await mesh.kubectl(['exec', 'deploy/httpbin-v2', '-c', 'httpbin', '--', 'sh', '-c', 'kill -STOP -1'])
  const answers = live(times(600, 300), 30)
  const open: number[] = []
  for (let look = 0; look < 6; look++) {
    await sleep(1_000)
    open.push((await copiesCluster('rq_active')) ?? 0)
  }
  expect(await answers).toEqual(new Set(['200']))
  const said = `open copies: ${open.join(', ')}`
  expect(Math.max(...open), said).toBeLessThanOrEqual(LIMIT)
  expect(Math.max(...open), said).toBeGreaterThan(0)
})

test('after the mirror, its rules are as they were, and the DestinationRule is gone', async () => {
  await mesh.kubectl(['mirror', 'disable', 'httpbin'])
  expect(await mesh.spec()).not.toContain('mirror')
  await until('it is gone', async () => (await limits()) === '', 30_000)
  await until(
    'the caller has no such cluster',
    async () => (await copiesCluster('default_priority::max_requests')) === undefined,
    30_000
  )
  expect(await live(20, 20)).toEqual(new Set(['200']))
})

test('a Service without any DestinationRule is limited, too', async () => {
  const shadow = ['--name', 'shadow', '--port', '8000', '--target-port', '80']
  await mesh.kubectl(['expose', 'deploy', 'httpbin-v2', ...shadow])
  await mesh.kubectl([
    'patch',
    'service',
    'shadow',
    '-p',
    '{"spec":{"ports":[{"name":"http","port":8000,"targetPort":80}]}}'
  ])
  await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'shadow:8000/', '--limit', String(LIMIT)])
  await isLimited()
  const marker = `whole=${Date.now()}`
  await until(
    'copies arrive',
    async () => {
      await mesh.curl('-o', '/dev/null', `http://httpbin:8000/get?${marker}`)
      return (await steady(() => mesh.seen('v2', marker))).length > 0
    },
    60_000
  )
  await mesh.kubectl(['mirror', 'disable', 'httpbin'])
  expect(await limits()).toContain('shadow')
})

test('mirrors with limits come and go under load, and leave nothing', async () => {
  const rounds = times(100, 10)
  await mesh.kubectl(['mirror', 'disable', 'httpbin'])
  const spec = await mesh.spec()
  const answers = live(rounds * 60, 30)
  for (let round = 0; round < rounds; round++) {
    await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2', '--limit', String(LIMIT)])
    await mesh.kubectl(['mirror', 'disable', 'httpbin'])
  }
  expect(await answers).toEqual(new Set(['200']))
  expect(await mesh.spec()).toBe(spec)
  await until('none is left', async () => (await limits()) === '', 30_000)
})
