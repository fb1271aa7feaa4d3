// Admission as the API server has it: the real webhook over TLS, every way in which people write.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { installChart, startWebhook, type InstalledChart, type RunningWebhook } from './under-test.ts'
import { ask } from '../ask.ts'
import { clear } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const TO = 'kubectl-mirror.dev/to'
const MIRROR = { mirror: { host: 'httpbin', subset: 'v2' }, mirrorPercentage: { value: 25 } }

let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  chart = await installChart()
  webhook = await startWebhook(chart)
  await until('the API server calls the webhook', async () => {
    const dry = await kubectl(
      ['create', '--dry-run=server', '--output=json', '-f', '-'],
      manifest({ annotations: { [TO]: 'v2' } })
    )
    return dry.includes('"mirror"')
  })
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
})
afterEach(() => clear('default', 'virtualservices'))

/** A VirtualService as users have them in Git; every key of the order that the API server gives back. */
function manifest({
  annotations = {},
  timeout = '5s',
  version = 'v1'
}: {
  annotations?: object
  timeout?: string
  version?: string
}): string {
  return JSON.stringify({
    apiVersion: `networking.istio.io/${version}`,
    kind: 'VirtualService',
    metadata: { name: 'httpbin', annotations },
    spec: { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }], timeout }] }
  })
}

interface Stored {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly http: [Record<string, unknown>] }
}

function stored(): Promise<Stored> {
  return ask('/apis/networking.istio.io/v1/namespaces/default/virtualservices/httpbin')
}

/** Byte for byte as the API server writes it. */
async function spec(): Promise<string> {
  return JSON.stringify((await stored()).spec)
}

async function annotate(...args: string[]): Promise<string> {
  return kubectl(['annotate', '--overwrite', 'virtualservice', 'httpbin', ...args])
}

test('an annotation becomes a mirror, again and again the same one', async () => {
  await kubectl(['apply', '-f', '-'], manifest({}))
  await annotate(`${TO}=v2=25`)
  const first = await stored()
  expect(first.spec.http[0]).toMatchObject(MIRROR)
  expect(first.metadata.annotations?.['kubectl-mirror.dev/injected']).toBe('httpbin/v2=25')
  await annotate(`${TO}=v2=25`)
  await kubectl(['patch', 'virtualservice', 'httpbin', '--type=merge', '-p', '{}'])
  expect((await stored()).metadata.resourceVersion, 'nothing was written').toBe(first.metadata.resourceVersion)
})

test('a merge patch with null gives the base back byte for byte', async () => {
  await kubectl(['apply', '-f', '-'], manifest({}))
  const before = await spec()
  await annotate(`${TO}=v2,v3=10`, 'kubectl-mirror.dev/methods=GET')
  expect(await spec()).not.toBe(before)
  const off = { metadata: { annotations: { [TO]: null, 'kubectl-mirror.dev/methods': null } } }
  await kubectl(['patch', 'virtualservice', 'httpbin', '--type=merge', '-p', JSON.stringify(off)])
  expect(await spec()).toBe(before)
  expect(Object.keys((await stored()).metadata.annotations ?? {})).toEqual([
    'kubectl.kubernetes.io/last-applied-configuration'
  ])
})

const REAPPLIED: Readonly<Record<string, readonly string[]>> = {
  'client-side apply': ['apply', '-f', '-'],
  'server-side apply': ['apply', '--server-side', '--force-conflicts', '-f', '-'],
  replace: ['replace', '-f', '-']
}

test.for(Object.entries(REAPPLIED))(
  '%s of the manifest from Git, timeout changed, keeps the mirror',
  async ([, command]) => {
    const inGit = { annotations: { [TO]: 'v2=25' } }
    await kubectl(command[0] === 'replace' ? ['create', '-f', '-'] : command, manifest(inGit))
    await kubectl(command, manifest({ ...inGit, timeout: '9s' }))
    expect((await stored()).spec.http[0]).toMatchObject({ ...MIRROR, timeout: '9s' })
  }
)

test.for(Object.entries(REAPPLIED).slice(0, 2))(
  '%s of a manifest without the annotation keeps a mirror enabled beside it',
  async ([, command]) => {
    await kubectl(command, manifest({}))
    await annotate('--field-manager=mirror-plugin', `${TO}=v2=25`)
    await kubectl(
      command.filter((arg) => arg !== '--force-conflicts'),
      manifest({ timeout: '9s' })
    )
    expect((await stored()).spec.http[0]).toMatchObject({ ...MIRROR, timeout: '9s' })
  }
)

test('replace with a manifest without the annotation ends the mirror, and leaves nothing of it', async () => {
  await kubectl(['create', '-f', '-'], manifest({ annotations: { [TO]: 'v2=25' } }))
  await kubectl(['replace', '-f', '-'], manifest({}))
  expect((await stored()).spec.http[0]).not.toHaveProperty('mirror')
})

test.for(['v1beta1', 'v1alpha3'])('%s is mirrored too', async (version) => {
  await kubectl(['create', '-f', '-'], manifest({ version, annotations: { [TO]: 'v2=25' } }))
  expect((await stored()).spec.http[0]).toMatchObject(MIRROR)
})

test('a wrong annotation is refused with every problem, and nothing is stored', async () => {
  await kubectl(['create', '-f', '-'], manifest({}))
  const refused = annotate(`${TO}=v2`, 'kubectl-mirror.dev/percent=150', 'kubectl-mirror.dev/methods=get')
  await expect(refused).rejects.toThrow(/denied the request: .*"get" is not an HTTP method.*"150" is not a percentage/s)
  expect((await stored()).metadata.annotations ?? {}).not.toHaveProperty(TO)
})

test('a VirtualService without our annotations costs no call', async () => {
  const calls = () => webhook.metric('kubectl_mirror_admission_duration_seconds_count')
  const before = await calls()
  await kubectl(['create', '-f', '-'], manifest({}))
  await annotate('other.example.com/to=v2')
  expect(await calls()).toBe(before)
})

test('a target that does not exist is warned of, until it does', async () => {
  await kubectl(['create', '-f', '-'], manifest({}))
  const enable = ['annotate', '--dry-run=server', '--warnings-as-errors', 'virtualservice', 'httpbin', `${TO}=v2`]
  const warnings = (): Promise<string> => kubectl(enable).then(() => '', String)
  expect(await warnings()).toContain('sees no Service or ServiceEntry httpbin.default.svc.cluster.local')
  await kubectl(['create', 'service', 'clusterip', 'httpbin', '--tcp=8000:80'])
  await until('the Service is known', async () =>
    (await warnings()).includes('has a subset "v2", so copies go nowhere; it has none')
  )
  const rule = { host: 'httpbin', subsets: [{ name: 'v1' }, { name: 'v2' }] }
  const destinationRule = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'httpbin' },
    spec: rule
  }
  await kubectl(['create', '-f', '-'], JSON.stringify(destinationRule))
  await until('the subset is known', async () => !(await warnings()).includes('go nowhere'))
  await kubectl(['delete', 'service/httpbin', 'destinationrule/httpbin'])
})
