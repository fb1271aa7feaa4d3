// Versions of the Gateway API's own definitions on a real API server: what they prune is refused, not lost.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installChart, startWebhook, type InstalledChart, type RunningWebhook } from './under-test.ts'
import {
  apply,
  defineGatewayApi,
  makeServices,
  MESH,
  mirrored,
  mirrors,
  removeAll,
  route,
  stored,
  TO_V2
} from './http-routes.ts'
import { deleteAll } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { gatewayDefinitions } from '../../webhook-definitions.ts'

const PERCENTAGES = [
  { ...TO_V2, percent: 25 },
  { ...TO_V2, fraction: { numerator: 2500, denominator: 1_000_000 } }
]

let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  chart = await installChart()
  webhook = await startWebhook(chart)
  // The oldest comes first, while the webhook runs.
  await defineGatewayApi('v1.2.1')
  await makeServices()
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
  await removeAll()
  await deleteAll(await gatewayDefinitions())
})

test('a version of the API without percentages is refused less than all, which it would copy', async () => {
  await mirrored('httpbin-v2')
  expect(await mirrors()).toEqual([TO_V2])
  await expect(apply(route('httpbin-v2=25'))).rejects.toThrow(
    /has no percentages for mirrors and would copy every request/
  )
  await refusesNames()
})

test('v1.3 keeps percentages, and prunes names of rules', async () => {
  await defineGatewayApi('v1.3.0')
  expect(await storedPercentages()).toEqual(PERCENTAGES)
  await refusesNames()
})

test('the present version keeps percentages and names', async () => {
  await defineGatewayApi()
  expect(await storedPercentages()).toEqual(PERCENTAGES)
  const named = route('httpbin-v2', MESH, { name: 'all' }, { routes: 'all' })
  expect(await apply(named)).toContain('RequestMirror')
  expect(await mirrors()).toEqual([TO_V2])
})

/** What is stored of 25 % and of 0.25 %. */
async function storedPercentages(): Promise<object[]> {
  await mirrored('httpbin-v2=25')
  const whole = await mirrors()
  await mirrored('httpbin-v2=0.25')
  return [...whole, ...(await mirrors())]
}

/** Whether the client says so, or the API server removes them before we see the route. */
async function refusesNames(): Promise<void> {
  await kubectl(['delete', 'httproute', 'httpbin'])
  const named = route('httpbin-v2', MESH, { name: 'all' }, { routes: 'all' })
  await expect(apply(named)).rejects.toThrow(/rules\[0\]\.name: field not declared in schema/)
  const unchecked = ['create', '--validate=ignore', '-f', '-']
  await expect(kubectl(unchecked, JSON.stringify(named))).rejects.toThrow(/no HTTP rule is named "all"/)
  await expect(stored()).rejects.toThrow(/not found/)
}
