// What the chart makes of hostile, missing and extreme values, by the real helm.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readPolicies } from '../../../mirror/policy.ts'
import { readConfig } from '../../../webhook/config.ts'
import { CHART, find, helm, podsOf, read, render, template } from './chart.ts'
import { kubeconfig, kubectl } from '../own-server.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-values-'))))
afterAll(() => rm(folder, { recursive: true }))

const set = (...values: readonly string[]) => values.flatMap((value) => ['--set', value])
const setJson = (path: string, value: unknown) => ['--set-json', `${path}=${JSON.stringify(value)}`]

test.for([
  ['unknown=1', "additional properties 'unknown' not allowed"],
  ['webhook.unknown=1', "at '/webhook': additional properties 'unknown' not allowed"],
  ['replicas=0', "at '/replicas': minimum: got 0, want 1"],
  ['webhook.port=70000', "at '/webhook/port': maximum"],
  ['webhook.port=8080', 'webhook.port and webhook.operationsPort are both 8080; use two different ports'],
  ['webhook.concurrency=20000', "at '/webhook/concurrency': maximum"],
  ['certificates.lifetime=0d', "at '/certificates/lifetime': '0d'"],
  ['certificates.lifetime=365000000d', "at '/certificates/lifetime': '365000000d'"],
  ['certificates.lifetime=99999999999999s', "at '/certificates/lifetime'"],
  ['policy.maxDuration=0h', "at '/policy/maxDuration': '0h'"],
  ['policy.maxDuration=365000000d', "at '/policy/maxDuration'"],
  ['policy.namespaces.prod.maxDuration=0s', "at '/policy/namespaces/prod/maxDuration'"],
  ['policy.defaultLimit=2000', "at '/policy/defaultLimit': maximum"],
  ['policy.defaultLimit=64', 'policy.defaultLimit and requireLimit need limits.enabled'],
  ['policy.namespaces.prod.requireLimit=true', 'prod.defaultLimit and requireLimit need limits.enabled'],
  ['drain=42500ms', 'terminationGracePeriodSeconds: 45 must be longer than preStopSeconds'],
  ['certificates.mode=provided', 'certificates.provided.secretName: name the Secret'],
  ['hostNetwork=true,webhook.port=10250', 'hostNetwork: the kubelet uses port 10250 on every node'],
  ['image.digest=sha256:abc', "at '/image/digest'"],
  ['image.tag=a b', "at '/image/tag'"],
  ['image.tag=123', "at '/image/tag': got number, want null or string"],
  ['certificates.certManager.issuerRef.name=123', "at '/certificates/certManager/issuerRef/name'"],
  ['nameOverride=Foo_bar', "at '/nameOverride': 'Foo_bar'"],
  ['fullnameOverride=9a', "at '/fullnameOverride': '9a'"],
  ['podLabels.a.b=c', "at '/podLabels/a': got object"],
  ['imagePullSecrets={ours}', "at '/imagePullSecrets/0': got string, want object"],
  ['serviceMonitor.interval=often', "at '/serviceMonitor/interval'"]
] as const)('--set %s is refused', async ([value, sentence]) => {
  await expect(render(...set(value))).rejects.toThrow(sentence)
})

const NO_TEXTS = ['replicas=3', 'webhook.port=443', 'networkPolicy.apiServerPorts={443}', 'hostNetwork=true']

test.for(NO_TEXTS)('--set-string %s is refused, not rendered as a string', async (value) => {
  await expect(render('--set-string', value)).rejects.toThrow('got string, want')
})

const PROVIDED = await readFile(join(CHART, 'ci/provided-values.yaml'), 'utf8')
const PEM = (parse(PROVIDED) as { certificates: { provided: { caBundle: string } } }).certificates.provided.caBundle
const PLACE = '/certificates/provided/caBundle'
const CUT_SHORT = PEM.replace(/\n.*\n-----END/, '\n-----END')
test.for([
  ['no PEM', 'MIIBszCCAVmgAwIBAgIU', PLACE],
  ['base64 of a PEM', Buffer.from(PEM).toString('base64'), PLACE],
  ['a private key', `${PEM}\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n`, PLACE],
  ['a certificate cut short', CUT_SHORT, 'error parsing certificate'],
  ['a second one cut short', `${PEM}\n${CUT_SHORT}`, 'error parsing certificate']
] as const)('caBundle: %s is refused', async ([, bundle, sentence]) => {
  const provided = { secretName: 'ours', caBundle: bundle }
  await expect(render(...setJson('certificates', { mode: 'provided', provided }))).rejects.toThrow(sentence)
})

/** What the schema admits and what the webhook can read is the same: else it would be told in a log alone. */
test.for([
  [{ allowedMethods: ['GET', 'M-SEARCH'] }, true],
  [{ allowedMethods: ['get'] }, false],
  [{ allowedMethods: ['M'.repeat(33)] }, false],
  [{ allowedMethods: [''] }, false],
  [{ allowedMethods: 'GET' }, false],
  [{ allowedMethods: [['GET']] }, false],
  [{ maxPercent: 0.0001 }, true],
  [{ maxPercent: 0 }, false],
  [{ maxPercent: 101 }, false],
  [{ maxPercent: '5' }, false],
  [{ maxDuration: '999d' }, true],
  [{ maxDuration: '1h30m' }, true],
  [{ maxDuration: '1w' }, false],
  [{ maxDuration: 3600 }, false],
  [{ maxBody: '1Mi' }, true],
  [{ maxBody: '999999Gi' }, true],
  [{ maxBody: '1MB' }, false],
  [{ maxBody: 65536 }, false],
  [{ requireExpiry: 'true' }, false],
  [{ allowedTargetNamespaces: ['.', 'shadow', '12345'] }, true],
  [{ allowedTargetNamespaces: [5] }, false],
  [{ allowedTargetHosts: ['*', '*.shadow.svc.cluster.local', 'example.com'] }, true],
  [{ namespaces: { dev: { maxPercent: null, allowedMethods: [] }, prod: { maxPercent: 5 } } }, true],
  [{ namespaces: { dev: null } }, true],
  [{ namespaces: { dev: { maxPercnt: 5 } } }, false],
  [{ namespaces: { dev: { allowedMethods: ['Get'] } } }, false],
  [{ namespaces: { dev: { namespaces: {} } } }, false],
  [{ namespaces: [] }, false]
] as const)('policy %j: admitted by the schema as the webhook reads it: %s', async ([policy, admitted]) => {
  const rendered = await render(...setJson('policy', policy)).catch((error: unknown) => String(error))
  expect(Array.isArray(readPolicies(policy)), 'refused by the webhook').toBe(!admitted)
  expect(typeof rendered !== 'string', 'admitted by the schema').toBe(admitted)
  if (typeof rendered === 'string') expect(rendered).toContain("at '")
  else expect(policiesIn(rendered)).not.toBeInstanceOf(Array)
})

function policiesIn(rendered: Awaited<ReturnType<typeof render>>) {
  const { data } = find(rendered, 'ConfigMap', 'kubectl-mirror-policy') as unknown as { data: Record<string, string> }
  return readPolicies(JSON.parse(data['policy.json'] ?? ''))
}

test('null lifts a rule in a namespace, all the way through helm', async () => {
  const rendered = await render(...setJson('policy', { maxPercent: 5, namespaces: { dev: { maxPercent: null } } }))
  expect(policiesIn(rendered)).toMatchObject({ maxPercent: 5, namespaces: { dev: { maxPercent: undefined } } })
})

const ENV = { HOSTNAME: 'pod', KUBERNETES_SERVICE_HOST: '10.0.0.1' }

test.for([
  ['the defaults', []],
  ['the lowest', set('webhook.port=1,webhook.concurrency=1,certificates.lifetime=1s,drain=0s,preStopSeconds=0')],
  ['the highest', set('webhook.port=65535,webhook.concurrency=10000,certificates.lifetime=99999999s,drain=41999ms')]
] as const)('%s that the schema admits, the webhook starts with', async ([, flags]) => {
  const rendered = await render(...flags, ...set('cleanupOnUninstall=true,removeLeftovers=false'))
  for (const [kind, { spec }] of Object.entries(podsOf(rendered))) {
    const [{ args }] = spec['containers'] as [{ readonly args: readonly string[] }]
    const config = readConfig(args, ENV, () => 'ns')
    expect(config, kind).not.toBeInstanceOf(Array)
  }
})

const VALUES = parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>
const PATHS = Object.keys(JSON.parse(await readFile(join(CHART, 'defaults.json'), 'utf8')) as object)

const DEFAULT = template({})
const isDefault = async (values: readonly string[]) => (await template({}, ...set(...values))) === (await DEFAULT)

test('null for any value, or for any map of them, is its default', async () => {
  const maps = PATHS.flatMap((path) => path.split('.').map((_, at, keys) => keys.slice(0, at + 1)))
  const differing: string[] = []
  // All of one depth at once; only where that differs, one by one: each rendering is a process.
  for (const depth of new Set(maps.map(({ length }) => length))) {
    const nulls = [...new Set(maps.filter(({ length }) => length === depth).map((keys) => `${keys.join('.')}=null`))]
    if (await isDefault(nulls)) continue
    for (const one of nulls) if (!(await isDefault([one]))) differing.push(one)
    expect(differing, `each is, but not all of depth ${depth} together`).not.toEqual([])
  }
  expect(differing).toEqual([])
}, 180_000)

test.for(Object.keys(VALUES).concat('everything'))(
  'values of an older chart that had no %s (--reuse-values) render as the default',
  async (missing) => {
    const kept = Object.entries(VALUES).filter(([key]) => key !== missing && missing !== 'everything')
    const chart = await chartWith(Object.fromEntries(kept))
    expect(await template({ chart })).toBe(await DEFAULT)
  }
)

test('helm upgrade --reuse-values from a chart of fewer values', async () => {
  const cluster = ['--namespace', 'default', '--kubeconfig', kubeconfig()]
  const older = await chartWith({ replicas: 3, webhook: { failurePolicy: 'Fail' }, image: { repository: 'ours' } })
  await helm('install', 'reused', older, ...cluster)
  try {
    const said = await helm('upgrade', 'reused', CHART, '--reuse-values', ...cluster)
    expect(said).toContain('--reset-then-reuse-values')
    const manifests = read(await helm('get', 'manifest', 'reused', ...cluster))
    expect(find(manifests, 'Deployment', 'reused-kubectl-mirror')).toMatchObject({ spec: { replicas: 3 } })
    const webhook = find(manifests, 'MutatingWebhookConfiguration', 'reused-kubectl-mirror')
    expect(webhook).toMatchObject({ webhooks: [{ failurePolicy: 'Fail', timeoutSeconds: 5 }] })
  } finally {
    await helm('uninstall', 'reused', ...cluster)
  }
})

/** The chart with other defaults, as `--reuse-values` renders it. */
async function chartWith(values: object): Promise<string> {
  const chart = await mkdtemp(join(folder, 'chart-'))
  await cp(CHART, chart, { recursive: true })
  await writeFile(join(chart, 'values.yaml'), JSON.stringify(values))
  return chart
}

test('as a subchart: with globals, a condition, and null for a value', async () => {
  const parent = join(folder, 'parent')
  await cp(CHART, join(parent, 'charts/kubectl-mirror'), { recursive: true })
  const dependency = { name: 'kubectl-mirror', version: '0.1.0', condition: 'kubectl-mirror.enabled' }
  const chart = { apiVersion: 'v2', name: 'platform', version: '1.0.0', dependencies: [dependency] }
  await writeFile(join(parent, 'Chart.yaml'), JSON.stringify(chart))
  const own = { enabled: true, webhook: null, podSecurityContext: { runAsUser: null }, policy: { maxPercent: 5 } }
  await writeFile(join(parent, 'values.yaml'), JSON.stringify({ global: { team: 'a' }, 'kubectl-mirror': own }))
  const rendered = read(await template({ chart: parent }))
  expect(find(rendered, 'MutatingWebhookConfiguration')).toMatchObject({ webhooks: [{ timeoutSeconds: 5 }] })
  const secured = podsOf(rendered)['Deployment']?.spec['securityContext']
  expect(secured).toMatchObject({ runAsNonRoot: true, runAsGroup: 65_532 })
  expect(secured).not.toHaveProperty('runAsUser')
  expect(await template({ chart: parent }, ...set('kubectl-mirror.enabled=false'))).not.toContain('kind:')
})

test.for([
  ['123', '12345', 'mirror-123-kubectl-mirror'],
  ['1e3', 'default', 'mirror-1e3-kubectl-mirror'],
  ['true', 'default', 'true-kubectl-mirror'],
  ['a.b', 'default', 'a-b-kubectl-mirror'],
  ['kubectl-mirror-2', 'default', 'kubectl-mirror-2'],
  ['a'.repeat(53), 'default', 'a'.repeat(50)],
  [`${'a'.repeat(49)}-bcd`, 'default', 'a'.repeat(49)]
] as const)(
  'a release called %s in namespace %s is %s, which the API server accepts',
  async ([name, namespace, full]) => {
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    await kubectl(['apply', '-f', '-'], JSON.stringify(space))
    const manifests = await template({ name, namespace }, ...set('cleanupOnUninstall=true,networkPolicy.enabled=true'))
    expect(read(manifests).map(({ metadata }) => metadata.name)).toContain(full)
    await kubectl(['apply', '--server-side', '--dry-run=server', '--warnings-as-errors', '-f', '-'], manifests)
  }
)

test('two releases share no object', async () => {
  const names = async (name: string) => {
    const objects = read(await template({ name }, ...set('cleanupOnUninstall=true')))
    return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  }
  const [first, second] = [await names('a'), await names('b')]
  expect(first.filter((name) => second.includes(name))).toEqual([])
})

test("cert-manager's Secret, which it leaves behind, is none that helm has to make in another mode", async () => {
  const certificate = find(await render('--set', 'certificates.mode=certManager'), 'Certificate')
  expect(certificate).toHaveProperty('spec.secretName', 'kubectl-mirror-tls')
  const made = (await render()).filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name)
  expect(made).toEqual(['kubectl-mirror-certificate'])
})

test('without the right to remove leftovers the webhook does not try to', async () => {
  const rendered = JSON.stringify(await render('--set', 'removeLeftovers=false'))
  expect(rendered).toContain('--leftovers=keep')
  expect(rendered).not.toContain('envoyfilters')
})

test('nothing that is missing restarts a pod: only /livez may', async () => {
  const deployment = find(await render(), 'Deployment')
  const container = 'spec.template.spec.containers[0]'
  expect(deployment).toHaveProperty(`${container}.readinessProbe.httpGet.path`, '/readyz')
  expect(deployment).toHaveProperty(`${container}.livenessProbe.httpGet.path`, '/livez')
  expect(deployment).not.toHaveProperty(`${container}.startupProbe`)
})
