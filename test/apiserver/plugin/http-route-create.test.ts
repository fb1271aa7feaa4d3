// enable --create=httproute: the Services of the versions and the HTTPRoute, made beside the webhook; nothing half of it after an error.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPod, SERVICE } from './namespace.ts'
import { apply, mirror, tryKubectl, type Ended } from './run.ts'
import { clear, makeNamespace } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'
import { answerAsIstio, startGatewayApi } from './gateway-stage.ts'

const NAMESPACE = 'plugin-create-route'
let end: (() => Promise<void>) | undefined

beforeAll(async () => {
  await makeNamespace(NAMESPACE)
  end = await startGatewayApi()
  await createPod(NAMESPACE, 'v1')
  await createPod(NAMESPACE, 'v2')
  await endpointsOf('httpbin-v1')
  await apply(NAMESPACE, SERVICE)
  await until('the webhook mirrors', async () => (await enable('--dry-run=server')).code === 0)
})
afterAll(() => end?.())
beforeEach(async () => {
  await clear(NAMESPACE, 'httproutes', 'services', 'virtualservices')
  await apply(NAMESPACE, SERVICE)
})

function enable(...args: string[]): Promise<Ended> {
  return mirror(['enable', 'httpbin', '--create=httproute', '-n', NAMESPACE, '--to', 'v2', ...args])
}

/** No controller runs here that would make it. */
function endpointsOf(name: string): Promise<void> {
  return apply(NAMESPACE, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80 }]
  })
}

async function answer(): Promise<void> {
  await until('it is made', async () => (await made()).includes('httproute/httpbin'), 20_000)
  await answerAsIstio(NAMESPACE, 1, true)
}

async function made(): Promise<string[]> {
  const names = await kubectl(['-n', NAMESPACE, 'get', 'services,httproutes', '-o', 'name'])
  return names
    .trim()
    .split('\n')
    .filter((name) => name !== 'service/httpbin')
    .map((name) => name.replace(/\..*\//, '/'))
}

const ALL = ['service/httpbin-v1', 'service/httpbin-v2', 'httproute/httpbin']

test('makes all of it, mirrored, and disable --created deletes all of it', async () => {
  const [{ code, stdout, stderr }] = await Promise.all([enable(), answer()])
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `httproute.gateway.networking.k8s.io/httpbin mirrored (httpbin-v1:8000 -> httpbin-v2:8000, 100%)
Created HTTPRoute httpbin and Services httpbin-v1, httpbin-v2: httpbin-v1 now answers every request.
To undo this: kubectl mirror disable httproute/httpbin --created -n plugin-create-route
`
  })
  expect(stderr).not.toMatch(/sees no Service/)
  expect(await made()).toEqual(ALL)
  const route = ['-n', NAMESPACE, 'get', 'httproute', 'httpbin', '-o']
  const [rule] = JSON.parse(await kubectl([...route, 'jsonpath={.spec.rules}'])) as object[]
  expect(rule).toMatchObject({
    backendRefs: [{ name: 'httpbin-v1', port: 8000 }],
    filters: [{ requestMirror: { backendRef: { name: 'httpbin-v2', port: 8000 } } }]
  })
  const again = await mirror([
    'enable',
    'httpbin',
    '--create=httproute',
    '-n',
    NAMESPACE,
    '--to',
    'httpbin-v2',
    '--percent',
    '5',
    '--dry-run=server'
  ])
  expect(again.stdout).toContain(
    'mirrored (httpbin-v1:8000 -> httpbin-v2:8000, 5%) (server dry run)\n  changed: copies to httpbin-v2:8000: 100% -> 5%\n'
  )

  const ended = await mirror(['disable', 'httpbin', '-n', NAMESPACE])
  expect(ended.stdout).toContain('It was created by enable --create; to delete it, add --created\n')
  const deleted = await mirror(['disable', 'httpbin', '--created', '-n', NAMESPACE])
  expect(deleted.stdout).toBe(
    'httproute.gateway.networking.k8s.io "httpbin" deleted\nservice "httpbin-v1" deleted\nservice "httpbin-v2" deleted\n'
  )
  expect(await made()).toEqual([])
})

test.for(['client', 'server'])('a dry run makes nothing, and shows all of it: --dry-run=%s', async (mode) => {
  const { code, stdout, stderr } = await enable(`--dry-run=${mode}`, '-o', 'json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { items } = JSON.parse(stdout) as { items: { kind: string; metadata: { name: string } }[] }
  expect(items.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`)).toEqual(ALL)
  expect(await made()).toEqual([])
})

test('a Service that selects the version is used as it is, and stays', async () => {
  const spec = { selector: { app: 'httpbin', version: 'v2' }, ports: [{ name: 'http', port: 80, targetPort: 8000 }] }
  await apply(NAMESPACE, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'httpbin-v2' }, spec })
  const [{ stdout }] = await Promise.all([enable(), answer()])
  expect(stdout).toContain('(httpbin-v1:8000 -> httpbin-v2:80, 100%)')
  expect(stdout).toContain('Created HTTPRoute httpbin and Service httpbin-v1: ')
  await mirror(['disable', 'httpbin', '--created', '-n', NAMESPACE])
  expect(await made()).toEqual(['service/httpbin-v2'])
})

const OTHER_ROUTE = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'api' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'httpbin' }],
    rules: [{ backendRefs: [{ name: 'x', port: 80 }] }]
  }
}
const OTHER_SERVICE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'web' },
  spec: { hosts: [`httpbin.${NAMESPACE}.svc.cluster.local`], http: [{ route: [{ destination: { host: 'httpbin' } }] }] }
}

test.for<[why: string, args: string[], says: RegExp, there?: object]>([
  [
    'a target that is not there',
    ['--to', 'nowhere.other', '--from', 'v1'],
    /namespace plugin-create-route sees no Service .* nowhere\.other/
  ],
  ['without the webhook', ['--direct'], /only the webhook may mirror an HTTPRoute/],
  ['what an HTTPRoute cannot do', ['--max-body', '1Mi'], /cannot match by the length of a body/],
  ['beside another HTTPRoute', [], /httproute\/api has rules for Service httpbin already; mirror that/, OTHER_ROUTE],
  [
    'beside a VirtualService',
    [],
    /virtualservice\/web has rules for Service httpbin already; mirror that/,
    OTHER_SERVICE
  ]
])('refuses %s, and leaves nothing', async ([, args, says, there]) => {
  if (there) await apply(NAMESPACE, there)
  const { code, stderr } = await enable(...args)
  expect(stderr).toMatch(says)
  expect(code).toBe(1)
  expect(await made()).toEqual(there === OTHER_ROUTE ? ['httproute/api'] : [])
})

test('where no endpoint of the version that answers becomes ready, nothing is left', async () => {
  await kubectl(['-n', NAMESPACE, 'delete', 'endpointslice', 'httpbin-v1-1'])
  const { code, stderr } = await enable()
  expect(stderr).toBe('error: nothing was created: Service httpbin-v1 had no ready endpoint after 20 s\n')
  expect(code).toBe(1)
  expect(await made()).toEqual([])
  await endpointsOf('httpbin-v1')
})

test('a Service alone is hinted at', async () => {
  const { stderr } = await mirror(['enable', 'httproute/httpbin', '-n', NAMESPACE, '--to', 'v2', '--create'])
  expect(stderr).toBe(
    'Error from server (NotFound): httproutes.gateway.networking.k8s.io "httpbin" not found\n' +
      'There is a Service httpbin: add --create=httproute to make an HTTPRoute and Services of its versions for it\n'
  )
  const wrong = await tryKubectl(['-n', NAMESPACE, 'get', 'httproutes', '-o', 'name'])
  expect(wrong.stdout).toBe('')
  expect((await mirror(['enable', 'httpbin', '-n', NAMESPACE, '--to', 'v2', '--create=route'])).stderr).toBe(
    'error: --create: "route" is not a kind; use virtualservice or httproute\n'
  )
})
