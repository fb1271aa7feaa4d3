// The plugin's commands on HTTPRoutes, beside the webhook: found by name, written, read, and given back.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { apply } from './run.ts'
import { installChart, startWebhook, type InstalledChart, type RunningWebhook } from '../webhook/under-test.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'
import { gatewayDefinitions } from '../../webhook-definitions.ts'

const NAMESPACE = 'plugin-http-route'
const SUBJECT = 'httproute.gateway.networking.k8s.io/httpbin'
const { run, create } = testNamespace(NAMESPACE)
let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  await create()
  await kubectl(['-n', NAMESPACE, 'delete', 'virtualservices,services', '--all'])
  const definitions = await gatewayDefinitions()
  await kubectl(['apply', '--server-side', '--filename', '-'], definitions)
  await kubectl(['wait', '--for=condition=established', '--timeout=60s', '--filename', '-'], definitions)
  chart = await installChart()
  webhook = await startWebhook(chart)
  await apply(NAMESPACE, service('v1'), service('v2'), route())
  await until(
    'the webhook mirrors',
    async () => (await run('enable', 'httpbin', '--to', 'httpbin-v2', '--dry-run=server')).code === 0
  )
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
  await kubectl(['delete', '--filename', '-'], await gatewayDefinitions())
})
afterEach(() => run('disable', 'httproute/httpbin'))

function service(version: string): object {
  const name = `httpbin-${version}`
  const spec = { selector: { app: 'httpbin', version }, ports: [{ name: 'http', port: 80 }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
}

function route(): object {
  const spec = {
    parentRefs: [{ group: '', kind: 'Service', name: 'httpbin', port: 8000 }],
    rules: [{ name: 'main', backendRefs: [{ name: 'httpbin-v1', port: 80 }] }]
  }
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'httpbin' }, spec }
}

function get(path: string): Promise<string> {
  return kubectl(['-n', NAMESPACE, 'get', 'httproute', 'httpbin', '-o', `jsonpath=${path}`])
}

/** As Istio would, of the route as it will be once it is mirrored. */
async function answer(resolved: boolean): Promise<void> {
  const before = Number(await get('{.metadata.generation}'))
  await until('it is written', async () => Number(await get('{.metadata.generation}')) > before, 20_000)
  const said = { reason: resolved ? 'ResolvedRefs' : 'BackendNotFound', message: 'said by a test' }
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    observedGeneration: before + 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    ...said
  })
  const parent = {
    controllerName: 'istio.io/gateway-controller',
    parentRef: { group: '', kind: 'Service', name: 'httpbin', port: 8000 },
    conditions: [condition('Accepted', true), condition('ResolvedRefs', resolved)]
  }
  const patch = JSON.stringify({ status: { parents: [parent] } })
  await kubectl(['-n', NAMESPACE, 'patch', 'httproute', 'httpbin', '--subresource=status', '--type=merge', '-p', patch])
}

test('enable waits until the route is taken; status, check and disable know it', async () => {
  const before = await get('{.spec}')
  const [enabled] = await Promise.all([
    run('enable', 'httpbin', '--to', 'httpbin-v2:80=25', '--for', '1h'),
    answer(true)
  ])
  expect(enabled).toMatchObject({ code: 0, stderr: '' })
  expect(enabled.stdout).toContain(`${SUBJECT} mirrored (httpbin-v1:80 -> httpbin-v2:80, 25%, for 1h)`)
  expect(JSON.parse(await get('{.spec.rules[0].filters[0].requestMirror}'))).toMatchObject({ percent: 25 })

  const listed = (await run('status')).stdout
  expect(listed).toMatch(/^httproute\/httpbin +httpbin-v1:80 +httpbin-v2:80 +25 +<all> +Active/m)
  expect(JSON.parse((await run('status', 'httproute/httpbin', '-o', 'json')).stdout)).toMatchObject({
    kind: 'HTTPRoute',
    to: ['httpbin-v2:80=25'],
    rules: { mirrored: 1, all: 1 }
  })
  const checked = (await run('check', 'httpbin')).stdout
  expect(checked).toMatch(/^ok +parent Service httpbin +served by istio\.io\/gateway-controller$/m)
  expect(checked).toMatch(/^ok +spec\.rules\[0\] +httpbin-v1:80 -> httpbin-v2:80, 25%$/m)

  expect((await run('disable', 'httpbin')).stdout).toBe(`${SUBJECT} no longer mirrored\n`)
  expect(await get('{.spec}')).toBe(before)
  expect(await get('{.metadata.annotations}')).toBe('')
})

test('what the implementation does not take is said', async () => {
  const [enabled] = await Promise.all([run('enable', 'httproute/httpbin', '--to', 'httpbin-v2'), answer(false)])
  expect(enabled.code).toBe(1)
  expect(enabled.stderr).toContain(
    'istio.io/gateway-controller does not take the mirror: ResolvedRefs is False (BackendNotFound): said by a test; the mirror stays enabled'
  )
})

test.for<[why: string, args: string[], says: RegExp]>([
  ['an unknown target', ['--to', 'httpbin-v9'], /an HTTPRoute needs a target that exists/],
  ['a subset', ['--to', 'shadow/v2'], /"shadow\/v2" is not a Service; an HTTPRoute has no subsets/],
  [
    'a method that its rules do not match',
    ['--to', 'httpbin-v2', '--method', 'GET'],
    /an HTTPRoute cannot mirror a part/
  ],
  ['a bound of bodies', ['--to', 'httpbin-v2', '--max-body', '1Mi'], /cannot match by the length of a body/],
  ['an edit by hand', ['--to', 'httpbin-v2', '--direct'], /only the webhook may mirror an HTTPRoute/]
])('refuses %s, and changes nothing', async ([, args, says]) => {
  const before = await get('{.metadata.resourceVersion}')
  const { code, stderr } = await run('enable', 'httproute/httpbin', ...args)
  expect(stderr).toMatch(says)
  expect(code).toBe(1)
  expect(await get('{.metadata.resourceVersion}')).toBe(before)
})

test('a name of both kinds is refused with both spellings', async () => {
  const spec = { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin' } }] }] }
  await apply(NAMESPACE, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'httpbin' },
    spec
  })
  const { code, stderr } = await run('status', 'httpbin')
  expect([code, stderr]).toEqual([
    1,
    'error: "httpbin" is a VirtualService and an HTTPRoute; write vs/httpbin or httproute/httpbin\n'
  ])
  expect((await run('status', 'vs/httpbin')).stderr).toBe('httpbin: not mirrored.\n')
  await kubectl(['-n', NAMESPACE, 'delete', 'virtualservice', 'httpbin'])
})

test('disable --all ends the mirrors of HTTPRoutes, too', async () => {
  await Promise.all([run('enable', 'httpbin', '--to', 'httpbin-v2'), answer(true)])
  expect((await run('disable', '--all', '-o', 'name')).stdout).toBe(`${SUBJECT}\n`)
  expect(await get('{.spec.rules[0].filters}')).toBe('')
})
