// What the webhook does without being asked: healing, expiry, Events, certificates, policy.
import { X509Certificate } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  installChart,
  listEvents,
  NAMESPACE,
  startWebhook,
  storedVirtualService,
  type InstalledChart,
  type RunningWebhook
} from './under-test.ts'
import { apply, ask } from '../ask.ts'
import { clear } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const NAME = 'kubectl-mirror'
const OURS = 'kubectl-mirror.dev/'

let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  chart = await installChart()
  webhook = await startWebhook(chart)
  await until('the API server calls the webhook', async () =>
    (await create({ to: 'v2' }, 'first')).includes('"mirror"')
  )
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
})
afterEach(() => clear('default', 'virtualservices', 'events'))

/** What is stored. */
function create(ours: Readonly<Record<string, string>>, name = 'httpbin', namespace = 'default'): Promise<string> {
  const annotations = Object.fromEntries(Object.entries(ours).map(([key, value]) => [OURS + key, value]))
  const http = [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }]
  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace, annotations },
    spec: { hosts: [name], http }
  }
  return apply(namespace, object)
}

async function isMirrored(name = 'httpbin'): Promise<boolean> {
  return (await storedVirtualService(name)).spec.http[0].mirror !== undefined
}

async function events(): Promise<string[]> {
  return (await listEvents()).map(({ reason, message }) => `${reason}: ${message}`)
}

test('heals within 5 s of its return what was annotated, and what lost its mirror, while it was away', async () => {
  await create({ to: 'v2' }, 'replaced')
  await webhook.stop('SIGKILL')
  await create({ to: 'v2' })
  const bare = [
    { op: 'replace', path: '/spec/http', value: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }] }
  ]
  await kubectl(['patch', 'virtualservice', 'replaced', '--type=json', '-p', JSON.stringify(bare)])
  expect([await isMirrored(), await isMirrored('replaced')]).toEqual([false, false])
  webhook = await startWebhook(chart)
  await until('both are mirrored', async () => (await isMirrored()) && (await isMirrored('replaced')), 5000)
  expect(await webhook.metric('kubectl_mirror_heals_total', '"changed"')).toBe(2)
})

test('says once why what was annotated while it was away is not mirrored', async () => {
  await webhook.stop()
  await create({ to: 'v2', percent: '150' })
  webhook = await startWebhook(chart)
  const refused = async () => (await events()).filter((one) => one.startsWith('MirrorRefused: '))
  await until('there is an Event', async () => (await refused()).length > 0)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(await refused()).toEqual([
    expect.stringContaining(
      'Not mirrored: metadata.annotations["kubectl-mirror.dev/percent"]: "150" is not a percentage; write a number'
    )
  ])
})

test('removes what killed runs of the plugin left behind, once it has expired, and nothing else', async () => {
  const filter = (name: string, seconds: number, label: string): string =>
    JSON.stringify({
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: {
        name,
        labels: { [`${OURS}${label}`]: 'tap' },
        annotations: { [`${OURS}expires`]: new Date(Date.now() + seconds * 1000).toISOString() }
      },
      spec: { workloadSelector: { labels: { app: 'none' } } }
    })
  const filters = [filter('alive', 600, 'temporary'), filter('expired', -1, 'temporary'), filter('others', -1, 'other')]
  await webhook?.stop()
  await kubectl(['apply', '-f', '-'], filters.join('\n---\n'))
  webhook = await startWebhook(chart)
  const names = (): Promise<string> => kubectl(['get', 'envoyfilters', '--output=jsonpath={.items[*].metadata.name}'])
  await until('the expired one is gone', async () => !(await names()).includes('expired'), 10_000)
  expect(await names()).toBe('alive others')
  await kubectl(['delete', 'envoyfilters', '--all'])
})

test('ends a baseline at its time, and leaves the mirror', async () => {
  const rule = async () => (await storedVirtualService()).spec.http[0]
  await create({ to: 'v2', baseline: new Date(Date.now() + 3000).toISOString() })
  expect(await rule()).toHaveProperty('mirrors[1].destination.subset', 'v1')
  await until('the baseline is out', async () => !('mirrors' in (await rule())), 8000)
  expect(await rule()).toHaveProperty('mirror.subset', 'v2')
})

test('ends a mirror within 5 s of its time, with an Event', async () => {
  const until3s = Date.now() + 3000
  await create({ to: 'v2', until: new Date(until3s).toISOString() })
  expect(await isMirrored()).toBe(true)
  await until('the mirror is out', async () => !(await isMirrored()), 8000)
  expect(Date.now()).toBeGreaterThan(until3s)
  expect(Date.now() - until3s).toBeLessThan(5000)
  await until('there is an Event', async () =>
    (await events()).some((one) => one.startsWith('MirrorExpired: Mirroring to httpbin/v2'))
  )
})

test('ends a mirror at its time also beside annotations that were made invalid past the webhook', async () => {
  const end = Date.now() + 6000
  await create({ to: 'v2', until: new Date(end).toISOString() })
  await webhook.stop()
  const forged = [`${OURS}percent=150`, `${OURS}unknown=x`]
  await kubectl(['annotate', 'virtualservice', 'httpbin', '--overwrite', ...forged])
  webhook = await startWebhook(chart)
  await until('the mirror is out', async () => !(await isMirrored()), 15_000)
  expect(Date.now()).toBeGreaterThan(end)
  await until('there is an Event', async () =>
    (await events()).some((one) => one.startsWith('MirrorExpired: Mirroring to httpbin/v2'))
  )
})

test('records what begins, ends and goes nowhere', async () => {
  await create({})
  await create({ to: 'v2' })
  await until('the begin', async () => (await events()).includes('Mirrored: Mirroring to httpbin/v2=100'))
  await until('the lost target', async () =>
    (await events()).some((one) => one.startsWith('MirrorTargetUnavailable: namespace '))
  )
  await create({})
  await until('the end', async () => (await events()).includes('MirrorEnded: No longer mirroring to httpbin/v2=100'))
  expect((await events()).length, 'and says each once').toBe(3)
})

test('looks once after a write, and writes nothing while nothing changes', async () => {
  const heals = () => webhook.metric('kubectl_mirror_heals_total')
  const version = async () => (await storedVirtualService()).metadata.resourceVersion
  const looked = await heals()
  await create({ to: 'v2' })
  const before = await version()
  await until('it was looked at', async () => (await heals()) > looked)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect(await version()).toBe(before)
  expect(await heals()).toBe(looked + 1)
})

test('one that a selector leaves out is told from an outage: another one is tried, and reached', async () => {
  const heals = (result: string) => webhook.metric('kubectl_mirror_heals_total', `"${result}"`)
  const looked = await heals('unchanged')
  await create({ to: 'v2' })
  await until('it is looked at', async () => (await heals('unchanged')) > looked)
  await create({ to: 'v2' }, 'left-out', 'kube-system')
  const unchanged = await heals('unchanged')
  const unreached = await heals('unreached')
  await until('it is tried again', async () => (await heals('unreached')) >= unreached + 2)
  expect(await heals('unchanged')).toBeGreaterThan(unchanged)
  await kubectl(['delete', 'virtualservice', 'left-out', '--namespace=kube-system'])
})

test('puts a policy in force without a restart, and keeps it when the next cannot be read', async () => {
  const setPolicy = (policy: string) =>
    kubectl([
      'patch',
      'configmap',
      `${NAME}-policy`,
      `--namespace=${NAMESPACE}`,
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'policy.json': policy } })
    ])
  await create({ to: 'v2' }, 'earlier')
  await setPolicy('{"maxPercent": 10}')
  await until('it is in force', () =>
    create({ to: 'v2=20' }).then(
      () => false,
      (error: unknown) => String(error).includes('policy.maxPercent')
    )
  )
  await setPolicy('{"maxPercent": "none"}')
  await until('it is refused', async () => (await webhook.metric('kubectl_mirror_policy_rejected_total')) === 1)
  await expect(create({ to: 'v2=20' })).rejects.toThrow('policy.maxPercent')
  await create({ to: 'v2' }, 'earlier')
  expect(await isMirrored('earlier'), 'what ran before continues, also where its manifest is applied again').toBe(true)
  await setPolicy('{}')
  await until('it is lifted', () => create({ to: 'v2=20' }).then(() => true))
})

test('mends its certificate and its trust when they are removed', async () => {
  const bundle = async () => {
    const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAME}`
    const { webhooks } = await ask<{ webhooks: [{ clientConfig: { caBundle?: string } }] }>(path)
    return webhooks[0].clientConfig.caBundle ?? ''
  }
  const certificate = async () => {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets/${NAME}-certificate`
    return (await ask<{ data?: Readonly<Record<string, string>> }>(path)).data?.['tls.crt'] ?? ''
  }
  const before = await certificate()
  await kubectl([
    'patch',
    'secret',
    `${NAME}-certificate`,
    `--namespace=${NAMESPACE}`,
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/data"}]'
  ])
  await until('there is another', async () => ![before, ''].includes(await certificate()))
  await kubectl([
    'patch',
    'mutatingwebhookconfiguration',
    NAME,
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]'
  ])
  await until('it is trusted again', async () => (await bundle()) !== '')
  const issued = new X509Certificate(Buffer.from(await certificate(), 'base64'))
  const authorities =
    Buffer.from(await bundle(), 'base64')
      .toString()
      .match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []
  expect(authorities.some((pem) => issued.verify(new X509Certificate(pem).publicKey))).toBe(true)
  await until('and serves', async () => (await create({ to: 'v2' }, `again-${Date.now()}`)).includes('"mirror"'))
})

test('ends cleanly, and leaves the Lease free', async () => {
  expect(await webhook?.stop()).toBe(0)
  const holder = ['get', 'lease', NAME, `--namespace=${NAMESPACE}`, '--output=jsonpath={.spec.holderIdentity}']
  expect(await kubectl(holder)).toBe('')
  webhook = await startWebhook(chart)
})
