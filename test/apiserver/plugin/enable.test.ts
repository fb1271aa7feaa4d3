// enable against a real API server on which no webhook of ours is called: what it refuses, and what it writes.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { TO, testNamespace, virtualService } from './namespace.ts'
import { kubectl } from '../own-server.ts'

const { run, apply, get, create, reset } = testNamespace('plugin-enable')

beforeAll(create)
beforeEach(reset)

test('without a webhook enable changes nothing and says what to do', async () => {
  const before = await get('{.metadata.resourceVersion}')
  const { code, stderr, stdout } = await run('enable', 'httpbin', '--to', 'v2')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^error: nothing was changed: the kubectl-mirror webhook, .*is not installed\n/)
  expect(stderr).toMatch(
    /^ {2}helm install kubectl-mirror oci:\S+ --namespace kubectl-mirror --create-namespace --wait {2}# see https:/m
  )
  expect(stderr).toMatch(/\n {2}add --direct to this command\n$/)
  expect(await get('{.metadata.resourceVersion}')).toBe(before)
})

test.for([
  [
    'a VirtualService that is not there',
    ['enable', 'nope', '--to', 'v2'],
    'Error from server (NotFound): virtualservices.networking.istio.io "nope" not found\n'
  ],
  [
    'a percentage out of range',
    ['enable', 'httpbin', '--to', 'v2', '--percent', '150'],
    'error: --percent: "150" is not a percentage; '
  ],
  [
    'several mistakes at once',
    ['enable', 'httpbin', '--to', 'v2', '--percent', '0', '--method', 'get'],
    'error: --method: "get" is not an HTTP method; write for example GET,HEAD\nerror: --percent: "0" is not'
  ],
  ['no target', ['enable', 'httpbin'], 'error: required flag(s) "to" not set\n'],
  [
    'a rule that is not there',
    ['enable', 'httpbin', '--to', 'v2', '--route', 'nope'],
    'error: --route: no HTTP rule is named "nope"; use one of "api"\n'
  ],
  [
    'an end in the past',
    ['enable', 'httpbin', '--to', 'v2', '--until', '2020-01-01T00:00:00Z'],
    'error: --until: 2020-01-01T00:00:00Z is in the past; '
  ],
  [
    'two ends',
    ['enable', 'httpbin', '--to', 'v2', '--until', '2099-01-01T00:00:00Z', '--for', '1h'],
    'error: --for and --until cannot be used together\n'
  ],
  [
    'a dry run of no kind',
    ['enable', 'httpbin', '--to', 'v2', '--dry-run'],
    'error: --dry-run flag without a value was specified. A value must be set: "none", "server", or "client".\n'
  ],
  [
    'another dry run',
    ['enable', 'httpbin', '--to', 'v2', '--dry-run=some'],
    'error: Invalid dry-run value (some). Must be "none", "server", or "client".\n'
  ],
  ['no name to disable', ['disable'], 'error: name a VirtualService, or use --all, -A or -l\n'],
  ['another kind', ['disable', 'svc/httpbin'], 'error: "svc/httpbin" is neither a VirtualService nor an HTTPRoute; ']
] as const)('refuses %s, and writes nothing', async ([, args, expected]) => {
  const before = await get('{.metadata.resourceVersion}')
  const { code, stderr, stdout } = await run(...args)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr.slice(0, expected.length)).toBe(expected)
  expect(await get('{.metadata.resourceVersion}')).toBe(before)
})

test('a second enable replaces the first, with all its conditions', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '10', '--method', 'GET', '--for', '1h', '--direct')
  expect(await get('{.spec.http[*].name}')).toBe('kubectl-mirror.dev/api api')
  const { stdout } = await run('enable', 'httpbin', '--to', 'v2', '--direct', '--replace')
  expect(stdout).toContain('v1 -> v2, 100%')
  expect(await get('{.metadata.annotations}')).toBe(`{"kubectl-mirror.dev/injected":"httpbin/v2=100","${TO}":"v2"}`)
})

test('finds a VirtualService by the host that only it serves', async () => {
  await apply(virtualService('other'))
  expect((await run('enable', `httpbin.plugin-enable.svc.cluster.local`, '--to', 'v2', '--direct')).code).toBe(0)
  expect(await get(`{.metadata.annotations.kubectl-mirror\\.dev/to}`)).toBe('v2')
})

test('names the manager of an annotation, and takes it over only with --force-conflicts', async () => {
  const git = virtualService('httpbin', { annotations: { [TO]: 'v3' } })
  const list = JSON.stringify(git)
  await kubectl(
    [
      '-n',
      'plugin-enable',
      'apply',
      '--server-side',
      '--field-manager=kustomize-controller',
      '--force-conflicts',
      '-f',
      '-'
    ],
    list
  )
  const refused = await run('enable', 'httpbin', '--to', 'v2', '--direct')
  expect(refused.stderr).toBe(
    `error: ${TO} is managed by kustomize-controller: change it there (in Git, if it comes from Git), or use --force-conflicts to take it over\n`
  )
  expect(await get(`{.metadata.annotations.kubectl-mirror\\.dev/to}`)).toBe('v3')
  expect((await run('enable', 'httpbin', '--to', 'v2', '--direct', '--force-conflicts')).code).toBe(0)
  expect(await get(`{.metadata.annotations.kubectl-mirror\\.dev/to}`)).toBe('v2')
})

test('refuses what Flagger drives, unless forced', async () => {
  const reference = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'a-b', controller: true }
  await apply(virtualService('httpbin', { ownerReferences: [reference] }))
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--direct')
  expect(code).toBe(1)
  expect(stderr).toBe(
    'error: VirtualService "httpbin" is managed by Canary podinfo (Flagger), which would rewrite or undo the mirror; configure mirroring there, or use --force\n'
  )
  expect((await run('enable', 'httpbin', '--to', 'v2', '--direct', '--force')).code).toBe(0)
  expect((await run('status', 'httpbin', '-o', 'jsonpath={.state.code}: {.state.message}')).stdout).toMatch(
    /^Owned: Canary podinfo \(Flagger\) rewrites /
  )
})

test('refuses what Argo Rollouts drives, unless forced', async () => {
  const names = { plural: 'rollouts', singular: 'rollout', kind: 'Rollout' }
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const applyAny = (object: object) =>
    kubectl(['-n', 'plugin-enable', 'apply', '--server-side', '-f', '-'], JSON.stringify(object))
  await applyAny({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.argoproj.io' },
    spec: {
      group: 'argoproj.io',
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }]
    }
  })
  await kubectl(['wait', '--for=condition=established', 'crd/rollouts.argoproj.io', '--timeout=30s'])
  const istio = { virtualServices: [{ name: 'other' }, { name: 'httpbin', routes: ['api'] }] }
  await applyAny({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'shop' },
    spec: { strategy: { canary: { trafficRouting: { istio } } } }
  })
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--direct')
  await kubectl(['delete', 'crd', 'rollouts.argoproj.io'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error: VirtualService "httpbin" is managed by Rollout shop \(Argo Rollouts\), /)
})

test('warns of a subset that no DestinationRule has, and says which there are', async () => {
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v9', '--direct')
  expect(code).toBe(0)
  expect(stderr).toBe(
    `Warning: destination httpbin/v9: no DestinationRule that Istio uses for httpbin.plugin-enable.svc.cluster.local has a subset "v9", so copies go nowhere; use one of "v1", "v2"\n`
  )
  expect((await run('status', 'httpbin', '-o', 'jsonpath={.state.code}')).stdout).toBe('TargetMissing')
})

/** Of a mirror of all requests; the rule has a timeout. */
const HAZARD =
  'Warning: spec.http[1]: httpbin/v2 gets bodies of any size: if it hangs, large uploads stall; set max-body\n'

test('dry runs say what would be, and write nothing', async () => {
  const before = await get('{.metadata.resourceVersion}')
  const client = await run('enable', 'httpbin', '--to', 'v2', '--dry-run=client')
  const server = await run('enable', 'httpbin', '--to', 'v2', '--direct', '--dry-run=server')
  expect(client.stdout.split('\n')[0]).toBe(
    'virtualservice.networking.istio.io/httpbin mirrored (1 of 2 rules) (dry run)'
  )
  expect(server.stdout.split('\n')[0]).toBe(
    'virtualservice.networking.istio.io/httpbin mirrored (1 of 2 rules) (server dry run)'
  )
  const object = await run(
    'enable',
    'httpbin',
    '--to',
    'v2',
    '--dry-run=client',
    '-o',
    'jsonpath={.spec.http[1].mirror.subset}'
  )
  expect(object).toEqual({ code: 0, stderr: HAZARD, stdout: 'v2' })
  expect(await get('{.metadata.resourceVersion}')).toBe(before)
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const mirrored = await get('{.metadata.resourceVersion}')
  for (const mode of ['client', 'server']) {
    const { stdout } = await run('disable', 'httpbin', `--dry-run=${mode}`)
    expect(stdout).toContain('no longer mirrored (')
  }
  expect(await get('{.metadata.resourceVersion}')).toBe(mirrored)
})
