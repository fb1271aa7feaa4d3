// What an operator sees when something is wrong: a policy that cannot be read, guardrails that are tightened, a Secret or a
// Lease that was deleted, rights that are missing.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  installChart,
  listEvents,
  NAMESPACE,
  spawnWebhook,
  startWebhook,
  storedVirtualService,
  type InstalledChart,
  type RunningWebhook
} from './under-test.ts'
import { apply as applyTo, ask, collection } from '../ask.ts'
import { clear } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const NAME = 'kubectl-mirror'

let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  chart = await installChart()
  webhook = await startWebhook(chart)
  await until('the API server calls the webhook', async () => (await apply({ to: 'v2' })).includes('"mirror"'))
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
})
afterEach(async () => {
  await setPolicy('{}')
  await clear('default', 'virtualservices', 'destinationrules', 'services', 'events')
  await clear(NAMESPACE, 'events')
})

function manifest(ours: Readonly<Record<string, string>>, name = 'httpbin'): object {
  const annotations = Object.fromEntries(
    Object.entries(ours).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])
  )
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, annotations },
    spec: { hosts: [name], http: [{ route: [{ destination: { host: name, subset: 'v1' } }] }] }
  }
}

/** What is stored. */
function apply(ours: Readonly<Record<string, string>>, name?: string): Promise<string> {
  return applyTo('default', manifest(ours, name))
}

async function setPolicy(policy: string): Promise<void> {
  const path = `${collection(NAMESPACE, 'v1', 'configmaps')}/${NAME}-policy`
  await ask(path, 'PATCH', { data: { 'policy.json': policy } }, 'merge-patch+json')
}

async function events(reason: string, namespace = 'default'): Promise<string[]> {
  return (await listEvents(namespace))
    .filter((one) => one.reason === reason)
    .map(({ message, involvedObject }) => `${involvedObject.name}: ${message}`)
}

test('a policy that cannot be read is said by readiness, an Event and a metric, as it is', async () => {
  const unreadable = () => webhook.metric('kubectl_mirror_policy_unreadable')
  await setPolicy('{"allowedMethods": ["get"]}')
  await until('the metric says so', async () => (await unreadable()) === 1)
  expect(await webhook.readiness()).toMatch(
    /^ok, but policy of ConfigMap .*allowedMethods.*; the previous one stays in force\n$/
  )
  await until('there is an Event', async () => (await events('PolicyUnreadable', NAMESPACE)).length > 0)
  await webhook.stop()
  webhook = await spawnWebhook(chart)
  const reason = /^policy of ConfigMap .*allowedMethods.*; no policy is in force, so nothing can be admitted\n$/
  await until('it is not ready, for that reason', async () => reason.test(await webhook.readiness()))
  expect(await unreadable()).toBe(1)
  await until('there is an Event of that', async () =>
    (await events('PolicyUnreadable', NAMESPACE)).some((one) => one.includes('no policy is in force'))
  )
  await setPolicy('{"allowedMethods": ["GET"]}')
  await until('it is ready', async () => (await webhook.readiness()) === 'ok\n')
  expect(await unreadable()).toBe(0)
})

test('guardrails that are tightened: who breaks them is counted, and has an Event that says why', async () => {
  const breaking = () => webhook.metric('kubectl_mirror_refused_virtualservices', 'mirrored="true"')
  await until('the webhook answers', async () => (await apply({ to: 'v2' }, 'breaks')).includes('"mirror"'))
  await apply({ to: 'v2=5' }, 'keeps')
  await setPolicy('{"maxPercent": 10}')
  await until('one is counted', async () => (await breaking()) === 1)
  await until('it has an Event', async () => (await events('MirrorForbidden')).length > 0)
  expect(await events('MirrorForbidden')).toEqual([
    expect.stringMatching(/^breaks: Still mirrored, .*policy\.maxPercent/)
  ])
  expect((await storedVirtualService('breaks')).spec.http[0].mirror).toBeDefined()
  await setPolicy('{}')
  await until('none is', async () => (await breaking()) === 0)
})

test('a Secret and a Lease that are deleted come back, written as mirror-webhook', async () => {
  const managers = async (path: string): Promise<string> => {
    const { metadata } = await ask<{ metadata: { managedFields: readonly { manager: string }[] } }>(path)
    return metadata.managedFields.map(({ manager }) => manager).join(' ')
  }
  for (const [kind, name, resource] of [
    ['secret', `${NAME}-certificate`, `/api/v1/namespaces/${NAMESPACE}/secrets`],
    ['lease', NAME, `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`]
  ] as const) {
    await kubectl(['delete', kind, name, `--namespace=${NAMESPACE}`])
    await until(`the ${kind} is back`, async () => (await managers(`${resource}/${name}`)) === 'mirror-webhook', 20_000)
  }
  await until('and it serves', async () => (await apply({ to: 'v2' }, `again-${Date.now()}`)).includes('"mirror"'))
  expect(await webhook.metric('kubectl_mirror_leader')).toBe(1)
})

function target(subset: string): object[] {
  const metadata = { name: 'httpbin' }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata,
      spec: { host: 'httpbin', subsets: [{ name: 'v1' }, { name: subset }] }
    }
  ]
}

test('a target that was made the moment before is known; one that is not there is refused', async () => {
  await setPolicy('{"requireKnownTarget": true}')
  await until('it is in force', () =>
    apply({ to: 'v9' }, 'early').then(
      () => false,
      (error: unknown) => String(error).includes('policy.requireKnownTarget')
    )
  )
  for (let time = 0; time < 5; time++) {
    await clear('default', 'virtualservices', 'destinationrules', 'services')
    const all = [...target('v2'), manifest({ to: 'v2' })].map((one) => JSON.stringify(one))
    await kubectl(['apply', '--server-side', '--validate=false', '-f', '-'], all.join('\n---\n'))
    expect((await storedVirtualService()).spec.http[0].mirror).toBeDefined()
  }
  await expect(apply({ to: 'v9' })).rejects.toThrow(/policy\.requireKnownTarget .*v9/)
})

test('what was annotated while its target was missing is mirrored when that comes', async () => {
  await webhook.stop()
  await apply({ to: 'v2' })
  await setPolicy('{"requireKnownTarget": true}')
  webhook = await startWebhook(chart)
  await until('it is refused', async () => (await events('MirrorRefused')).length > 0)
  await kubectl(
    ['apply', '--server-side', '--validate=false', '-f', '-'],
    target('v2')
      .map((one) => JSON.stringify(one))
      .join('\n---\n')
  )
  await until('it is mirrored', async () => (await storedVirtualService()).spec.http[0].mirror !== undefined)
  await until('there is an Event', async () => (await events('Mirrored')).length > 0)
  expect(await events('Mirrored')).not.toEqual([])
})

test('a mesh that may not be read opens no guardrail, and readiness says which right is missing', async () => {
  const rule = ['get', 'clusterrole', NAME, '--output=json']
  const role = JSON.parse(await kubectl(rule)) as { rules: { resources: string[] }[] }
  const without = role.rules.filter(({ resources }) => !resources.includes('destinationrules'))
  const setRules = (rules: object) =>
    kubectl(['patch', 'clusterrole', NAME, '--type=merge', '-p', JSON.stringify({ rules })])
  await setPolicy('{"requireKnownTarget": true}')
  await kubectl(
    ['apply', '--server-side', '--validate=false', '-f', '-'],
    target('v2')
      .map((one) => JSON.stringify(one))
      .join('\n---\n')
  )
  await setRules(without)
  try {
    await webhook.stop()
    webhook = await spawnWebhook(chart)
    await until('readiness says why', async () =>
      /requireKnownTarget needs the mesh: .*destinationrules: .*403/.test(await webhook.readiness())
    )
    await until('it is denied, for that reason', () =>
      apply({ to: 'v2' }).then(
        async () => (await clear('default', 'virtualservices'), false),
        (error: unknown) => /cannot read .*destinationrules.*forbidden/.test(String(error))
      )
    )
  } finally {
    await setRules(role.rules)
  }
  await until('it is ready again', async () => (await webhook.readiness()) === 'ok\n', 30_000)
  expect(await apply({ to: 'v2' })).toContain('"mirror"')
})
