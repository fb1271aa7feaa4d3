// HTTPRoutes on a real API server with the Gateway API's own definitions.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { installChart, listEvents, startWebhook, type InstalledChart, type RunningWebhook } from './under-test.ts'
import {
  apply,
  defineGatewayApi,
  makeService,
  makeServices,
  mirrored,
  mirrors,
  OURS,
  removeAll,
  route,
  SOON_MS,
  stored,
  TO_V2
} from './http-routes.ts'
import { deleteAll } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'
import { gatewayDefinitions } from '../../webhook-definitions.ts'

/** Some 300 ms on an idle machine, and two seconds are promised. Nothing but what is urgent would take it out at all. */
const AT_ONCE_MS = 6000

let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  chart = await installChart()
  webhook = await startWebhook(chart)
  await defineGatewayApi()
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
  await deleteAll(await gatewayDefinitions())
})
beforeEach(makeServices)
afterEach(removeAll)

async function events(): Promise<string[]> {
  return (await listEvents()).map(({ reason, message }) => `${reason}: ${message}`)
}

test('a re-apply without our fields keeps the mirror, without a conflict or a new generation; disable gives back the spec', async () => {
  await apply(route(undefined))
  const before = JSON.stringify((await stored()).spec)
  await mirrored('httpbin-v2')
  const { generation } = (await stored()).metadata
  await apply(route('httpbin-v2'))
  expect((await stored()).metadata.generation).toBe(generation)
  expect(await mirrors()).toEqual([TO_V2])
  const beta = { ...route('httpbin-v2'), apiVersion: 'gateway.networking.k8s.io/v1beta1' }
  await apply(beta)
  expect(await mirrors()).toEqual([TO_V2])
  await kubectl(['annotate', 'httproute', 'httpbin', `${OURS}to-`])
  expect(JSON.stringify((await stored()).spec)).toBe(before)
  expect((await stored()).metadata.annotations ?? {}).toEqual({})
})

test.each<[what: string, gone: () => Promise<unknown>, back: () => Promise<unknown>]>([
  ['Service', () => kubectl(['delete', 'service', 'httpbin-v2']), () => makeService('httpbin-v2')],
  ['port', () => makeService('httpbin-v2', 8080), () => makeService('httpbin-v2')]
])(
  'when the %s of a target vanishes, the mirror is out at once, with an Event, and returns with it',
  async (_, gone, back) => {
    await mirrored('httpbin-v2')
    await gone()
    await until('the mirror is out', async () => (await mirrors()).length === 0, AT_ONCE_MS)
    expect((await stored()).metadata.annotations).toEqual({ [`${OURS}to`]: 'httpbin-v2' })
    await until('there is an Event', async () =>
      (await events()).some((one) => /^MirrorSuspended: Not mirrored for now: .*live requests may fail/.test(one))
    )
    await apply(route('httpbin-v2'))
    expect(await mirrors(), 'a re-apply does not bring it back').toEqual([])
    await back()
    await until('the mirror is back', async () => (await mirrors()).length === 1, SOON_MS)
  }
)

test('a target that does not exist is refused, and one that is being made is waited for', async () => {
  await mirrored('httpbin-v2')
  await expect(apply(route('httpbin-v9'))).rejects.toThrow(
    /needs a target that exists: .*httpbin-v9.*live requests may fail/
  )
  await expect(apply(route('httpbin-v2:81'))).rejects.toThrow(
    /has no port 81, so live requests may fail; use one of 80/
  )
  const [applied] = await Promise.all([apply(route('httpbin-v3')), makeService('httpbin-v3')])
  expect(applied).toContain('RequestMirror')
})

function gatewayClass(name: string, controllerName: string): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName }
  }
}

function gateway(gatewayClassName: string): object {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }]
  const metadata = { name: 'web', namespace: 'default' }
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata,
    spec: { gatewayClassName, listeners }
  }
}

test('a Gateway must be known, and able; when its class changes, the mirror is out', async () => {
  await mirrored('httpbin-v2')
  const parent = { name: 'web' }
  await expect(apply(route('httpbin-v2', parent), true)).resolves.not.toContain('RequestMirror')
  await apply(route(undefined, parent))
  await expect(apply(route('httpbin-v2', parent))).rejects.toThrow(/whether Gateway "web" can mirror is not known/)
  await apply(gatewayClass('traefik', 'traefik.io/gateway-controller'))
  await apply(gatewayClass('istio', 'istio.io/gateway-controller'))
  await apply(gatewayClass('own', 'example.com/own'))
  await apply(gateway('traefik'))
  await until('the class is known', () =>
    apply(route('httpbin-v2', parent)).then(
      () => false,
      (error: Error) => /cannot mirror requests/.test(error.message)
    )
  )
  await apply(gateway('istio'), true)
  await mirrored('httpbin-v2', parent)
  await apply(gateway('own'), true)
  await until('the mirror is out', async () => (await mirrors()).length === 0, AT_ONCE_MS)
  const status = { status: { supportedFeatures: [{ name: 'HTTPRouteRequestMirror' }] } }
  await kubectl(['patch', 'gatewayclass', 'own', '--subresource=status', '--type=merge', '-p', JSON.stringify(status)])
  await until('what it publishes counts', async () => (await mirrors()).length === 1, SOON_MS)
})

test('a Service of another namespace needs a ReferenceGrant under a Gateway, and none in the mesh', async () => {
  await kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shadow' } })
  )
  await makeService('httpbin', 80, 'shadow')
  await mirrored('httpbin.shadow')
  await apply(gatewayClass('istio', 'istio.io/gateway-controller'))
  await apply(gateway('istio'))
  await kubectl(['delete', 'httproute', 'httpbin'])
  await expect(apply(route('httpbin.shadow', { name: 'web' }))).rejects.toThrow(
    /make a ReferenceGrant in namespace shadow/
  )
  const grant = {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'routes', namespace: 'shadow' },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
      to: [{ group: '', kind: 'Service', name: 'httpbin' }]
    }
  }
  await apply(grant)
  await mirrored('httpbin.shadow', { name: 'web' })
  await kubectl(['delete', 'referencegrant', 'routes', '--namespace=shadow'])
  await until('the mirror is out', async () => (await mirrors()).length === 0, AT_ONCE_MS)
  await apply(grant)
  await until('the mirror is back', async () => (await mirrors()).length === 1, SOON_MS)
})

test('what was annotated while it was away is mirrored within 5 s of its return', async () => {
  await webhook.stop('SIGKILL')
  await apply(route('httpbin-v2'))
  expect(await mirrors()).toEqual([])
  webhook = await startWebhook(chart)
  await until('it is mirrored', async () => (await mirrors()).length === 1, 5000)
  await until('there is an Event', async () => (await events()).includes('Mirrored: Mirroring to httpbin-v2:80=100'))
})

test('a replica that starts never takes a mirror out because it has not read the cluster yet', async () => {
  await mirrored('httpbin-v2')
  const { generation } = (await stored()).metadata
  await webhook.stop('SIGKILL')
  webhook = await startWebhook(chart)
  for (let times = 0; times < 20; times++) await apply(route('httpbin-v2'))
  expect((await stored()).metadata.generation).toBe(generation)
  expect(await events()).not.toContainEqual(expect.stringMatching(/^Mirror(Suspended|Forbidden|Ended)/))
})

test('a GRPCRoute is told that it is not mirrored', async () => {
  const grpc = { ...route('httpbin-v2'), kind: 'GRPCRoute' }
  await expect(apply(grpc)).rejects.toThrow(/a "GRPCRoute" is not mirrored.*use an HTTPRoute/)
})
