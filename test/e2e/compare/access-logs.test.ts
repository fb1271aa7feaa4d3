// compare where the sidecars log no requests: by the applications' own logs, or with access logs switched on for the run.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { watchLines } from '../command.ts'
import { ofMark, read, score } from './output.ts'
import { mirrored, openShop, V1, type Shop } from './shop.ts'
import { isReading, watch } from './watch.ts'

const SILENCE = `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: silence}
spec: {accessLogging: [{providers: [{name: envoy}], disabled: true}]}`

let shop: Shop

const telemetries = () => shop.kubectl(['get', 'telemetries.telemetry.istio.io', '-o', 'name'])

beforeAll(async () => {
  // Before the first pod: its sidecar has never logged a request.
  shop = await openShop('e2e-access-logs', SILENCE)
  await shop.route(mirrored(`[${V1}]`, 100))
  await shop.send({ COUNT: '20', MARK: 'warm' })
})
afterAll(() => shop?.close())

test("the applications' own logs are matched by method, path and time, and it says so", async () => {
  const { pairs, finished } = await watch(shop, { COUNT: '300', MARK: 'order', RATE: '60' }, [
    '--fail-on',
    'p99>20%,missing>5%'
  ])
  expect(finished.stderr).toContain('matched by method, path and time')
  expect(pairs.filter(({ kind }) => kind === 'pair').length).toBeGreaterThan(290)
  // These logs have no latency: a gate on it has nothing to measure.
  expect(finished.code).toBe(3)
})

test('--access-logs switches them on for the run, says what passes unseen at first, and switches them off', async () => {
  const running = shop.compare(['--access-logs', '-o', 'json'])
  const { quiet } = watchLines(running)
  await pause(12_000)
  // Over connections from before, each of which carries one more request that is not logged.
  await shop.send({ COUNT: '60', MARK: 'early', RATE: '60' })
  await pause(40_000)
  await shop.send({ COUNT: '300', MARK: 'on', RATE: '60' })
  await quiet()
  running.process.kill('SIGINT')
  const finished = await running.ended
  expect(finished.code, finished.stderr).toBe(0)
  const { pairs, summary } = read(finished)
  for (const mark of ['early', 'on']) expect(score(ofMark(pairs, mark), mark).wrong).toBe(0)
  expect(score(ofMark(pairs, 'on'), 'on').right.size).toBe(300)
  expect(summary.unsettled).toBe(pairs.filter(({ kind }) => kind !== 'pair').length)
  expect(await telemetries()).toBe('telemetry.telemetry.istio.io/silence\n')
})

test('Ctrl-C ends with a summary, and takes the Telemetry away', async () => {
  const running = shop.compare(['--access-logs', '-o', 'json'])
  const { lines } = watchLines(running)
  await isReading(shop, running, lines)
  expect(await telemetries()).toContain('kubectl-mirror-compare-')
  running.process.kill('SIGINT')
  const finished = await running.ended
  expect(finished.code, finished.stderr).toBe(0)
  expect(read(finished).summary.requests).toBeGreaterThan(0)
  expect(await telemetries()).toBe('telemetry.telemetry.istio.io/silence\n')
})
