// The plugin's commands on HTTPRoutes, beside the webhook: found by name, written, read, and given back.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { testNamespace, virtualService } from './namespace.ts'
import { apply, completions, type Ended } from './run.ts'
import { ask, collection } from '../ask.ts'
import { clear, printed } from '../objects.ts'
import { until } from '../../until.ts'
import { answerAsIstio, startGatewayApi } from './gateway-stage.ts'

const NAMESPACE = 'plugin-http-route'
const SUBJECT = 'httproute.gateway.networking.k8s.io/httpbin'
const { run, create } = testNamespace(NAMESPACE)
let end: (() => Promise<void>) | undefined

beforeAll(async () => {
  await create()
  await clear(NAMESPACE, 'virtualservices', 'services')
  end = await startGatewayApi()
  await apply(NAMESPACE, service('v1'), service('v2'), route())
  await until(
    'the webhook mirrors',
    async () => (await run('enable', 'httpbin', '--to', 'httpbin-v2', '--dry-run=server')).code === 0
  )
})
afterAll(() => end?.())
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

async function get(path: string): Promise<string> {
  const routes = collection(NAMESPACE, 'gateway.networking.k8s.io/v1', 'httproutes')
  return printed(await ask(`${routes}/httpbin`), path)
}

/** A command that mirrors, answered as Istio would once the route is written. */
async function answered(resolved: boolean, ...args: readonly string[]): Promise<Ended> {
  const before = Number(await get('{.metadata.generation}'))
  const running = run(...args)
  await until('it is written', async () => Number(await get('{.metadata.generation}')) > before, 20_000)
  await answerAsIstio(NAMESPACE, before + 1, resolved)
  return running
}

test('enable waits until the route is taken; status, check and disable know it', async () => {
  const before = await get('{.spec}')
  const enabled = await answered(true, 'enable', 'httpbin', '--to', 'httpbin-v2:80=25', '--for', '1h')
  const hazard =
    'spec.rules[0]: httpbin-v2:80 has no limits: a hang hurts live requests; set timeouts.request, mirror only GET'
  expect(enabled).toMatchObject({ code: 0, stderr: `Warning: ${hazard}\n` })
  expect(enabled.stdout).toContain(`${SUBJECT} mirrored (httpbin-v1:80 -> httpbin-v2:80, 25%, for 1h)`)
  expect(JSON.parse(await get('{.spec.rules[0].filters[0].requestMirror}'))).toMatchObject({ percent: 25 })

  const listed = (await run('status')).stdout
  expect(listed).toMatch(/^httproute\/httpbin +httpbin-v1:80 +httpbin-v2:80 +25 +<all> +Active/m)
  expect(JSON.parse((await run('status', 'httproute/httpbin', '-o', 'json')).stdout)).toMatchObject({
    kind: 'HTTPRoute',
    to: ['httpbin-v2:80=25'],
    rules: { mirrored: 1, all: 1 },
    hazards: [hazard]
  })
  const checked = (await run('check', 'httpbin')).stdout
  expect(checked).toMatch(/^ok +parent Service httpbin +served by istio\.io\/gateway-controller$/m)
  expect(checked).toContain('add timeouts: {request: 10s} to its rules')
  expect(checked).toContain('DestinationRule of httpbin-v2: trafficPolicy: {connectionPool: ')
  expect(checked).toMatch(/^ok +spec\.rules\[0\] +httpbin-v1:80 -> httpbin-v2:80, 25%$/m)

  expect((await run('disable', 'httpbin')).stdout).toBe(`${SUBJECT} no longer mirrored\n`)
  expect(await get('{.spec}')).toBe(before)
  expect(await get('{.metadata.annotations}')).toBe('')
})

test('what the implementation does not take is said', async () => {
  const enabled = await answered(false, 'enable', 'httproute/httpbin', '--to', 'httpbin-v2')
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

test('a name of both kinds is refused with both spellings by every command, and completed with them', async () => {
  await apply(NAMESPACE, virtualService())
  const commands = [
    ['enable', '--to', 'httpbin-v2'],
    ['enable', '--to', 'httpbin-v2', '--create'],
    ['disable'],
    ['status'],
    ['status', '--watch'],
    ['logs'],
    ['compare'],
    ['diff'],
    ['check'],
    ['check', '--probe', 'sleep']
  ]
  for (const [name = '', ...flags] of commands) {
    expect(await run(name, 'httpbin', ...flags), [name, ...flags].join(' ')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: "httpbin" is a VirtualService and an HTTPRoute; write vs/httpbin or httproute/httpbin\n'
    })
  }
  expect((await run('status', 'vs/httpbin')).stderr).toBe('httpbin: not mirrored.\n')
  const { stdout } = await completions('status', '-n', NAMESPACE, '')
  expect(stdout).toBe('vs/httpbin\nhttproute/httpbin\n:4\n')
  await clear(NAMESPACE, 'virtualservices')
})

test('completes the Services that an HTTPRoute may have as targets', async () => {
  const { stdout } = await completions('enable', '-n', NAMESPACE, 'httpbin', '--to', '')
  expect(stdout).toBe('httpbin-v1\nhttpbin-v2\n:4\n')
})

test('who may not read one of the kinds is told so, and completion is quiet', async () => {
  const forbidden = (verb: string, name = '') =>
    `Warning: httproutes.gateway.networking.k8s.io ${name}is forbidden: User "bob" cannot ${verb} resource "httproutes" in API group ` +
    `"gateway.networking.k8s.io" in the namespace "${NAMESPACE}"`
  await apply(NAMESPACE, ...reader('bob', 'networking.istio.io', 'virtualservices'), virtualService('web'))
  const listed = await run('status', '--as', 'bob')
  expect(listed).toMatchObject({
    code: 0,
    stderr: `${forbidden('list')}\nNo mirrored VirtualServices found in ${NAMESPACE} namespace.\n`
  })
  expect((await run('disable', '--all', '--as', 'bob')).stderr).toContain(forbidden('list'))
  expect((await run('status', 'web', '--as', 'bob')).stderr).toBe(
    `${forbidden('get', '"web" ')}; write virtualservice/web if you mean this one\nweb: not mirrored.\n`
  )
  expect((await run('status', 'vs/web', '--as', 'bob')).stderr).toBe('web: not mirrored.\n')
  const missing = await run('status', 'httpbin', '--as', 'bob')
  expect(missing.stderr).toBe(
    `${forbidden('get', '"httpbin" ')}\nError from server (NotFound): virtualservices.networking.istio.io "httpbin" not found\n`
  )
  const asked = await completions('status', '-n', NAMESPACE, '--as', 'bob', '')
  expect(asked).toMatchObject({ stdout: 'web\n:4\n', stderr: '' })

  await apply(NAMESPACE, ...reader('eve', 'gateway.networking.k8s.io', 'httproutes'))
  expect((await run('status', 'httpbin', '--as', 'eve')).stderr).toMatch(
    /^Warning: virtualservices\S+ "httpbin" is forbidden: .*; write httproute\/httpbin if you mean this one\n/
  )
  expect((await run('status', 'httpbin', '--as', 'mallory')).stderr).toMatch(
    /^Error from server \(Forbidden\): virtualservices/
  )
  await clear(NAMESPACE, 'virtualservices')
})

function reader(user: string, group: string, resource: string): object[] {
  const metadata = { name: `reads-${resource}` }
  const apiGroup = 'rbac.authorization.k8s.io'
  const rules = [{ apiGroups: [group], resources: [resource], verbs: ['get', 'list', 'watch', 'patch'] }]
  const roleRef = { apiGroup, kind: 'Role', name: metadata.name }
  const subjects = [{ apiGroup, kind: 'User', name: user }]
  const apiVersion = `${apiGroup}/v1`
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects }
  ]
}

test('disable --all ends the mirrors of HTTPRoutes, too', async () => {
  await answered(true, 'enable', 'httpbin', '--to', 'httpbin-v2')
  expect((await run('disable', '--all', '-o', 'name')).stdout).toBe(`${SUBJECT}\n`)
  expect(await get('{.spec.rules[0].filters}')).toBe('')
})
