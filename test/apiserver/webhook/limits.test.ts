// The DestinationRules that limit mirrors: made before a copy can flow, kept in step with the versions, and gone with the mirror.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cleanUp } from '../../../webhook/controller/cleanup.ts'
import { apply as applyTo, ask } from '../ask.ts'
import { clear } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'
import {
  connectAs,
  installChart,
  listEvents,
  NAMESPACE,
  renderChart,
  startWebhook,
  storedVirtualService,
  type InstalledChart,
  type RunningWebhook
} from './under-test.ts'

const OURS = 'kubectl-mirror.dev/'
const LIMIT = 'httpbin.kubectl-mirror.httpbin'

let chart: InstalledChart
let webhook: RunningWebhook

beforeAll(async () => {
  await kubectl(['delete', 'virtualservices,destinationrules', '--all', '--all-namespaces'])
  chart = await installChart('--set', 'limits.enabled=true')
  webhook = await startWebhook(chart, '--limits=on')
  await apply('v1', 'Service', 'httpbin', { ports: [{ name: 'http', port: 8000 }] })
  await subsets()
  await until('a limit is kept', async () => {
    await enable()
    return (await limits()).length === 1
  })
  await disable()
})
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
})
afterEach(async () => {
  await clear('default', 'virtualservices', 'destinationrules')
  await subsets()
})

function apply(apiVersion: string, kind: string, name: string, spec: object, annotations = {}): Promise<string> {
  return applyTo('default', { apiVersion, kind, metadata: { name, annotations }, spec }, true)
}

function subsets(v2: object = { labels: { version: 'v2' } }, more: object = {}): Promise<string> {
  const all = [
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'v2', ...v2 }
  ]
  return apply('networking.istio.io/v1', 'DestinationRule', 'httpbin', { host: 'httpbin', subsets: all, ...more })
}

function enable(annotations: Readonly<Record<string, string>> = { to: 'v2', limit: '64' }): Promise<string> {
  const ours = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [OURS + key, value]))
  const http = [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }]
  return apply('networking.istio.io/v1', 'VirtualService', 'httpbin', { hosts: ['httpbin'], http }, ours)
}

const disable = () => enable({})

interface Rule {
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly name: string }[] }
  readonly spec: {
    readonly subsets: readonly { readonly name: string; readonly labels?: object; readonly trafficPolicy: object }[]
  }
}

/** What there is as soon as there are so many. */
async function limitsOnce(count: number): Promise<Rule[]> {
  await until(`there are ${count} limits`, async () => (await limits()).length === count, 30_000)
  return limits()
}

/** The API server's words, as soon as it refuses the annotation. */
async function refusal(): Promise<string> {
  let said = ''
  await until('it is refused', async () => {
    said = await enable().then(
      () => '',
      (error: unknown) => String(error)
    )
    return said !== ''
  })
  return said
}

async function limits(): Promise<Rule[]> {
  const path = '/apis/networking.istio.io/v1/namespaces/default/destinationrules'
  return (await ask<{ readonly items: Rule[] }>(`${path}?labelSelector=${OURS}limit`)).items
}

test('it stands beside the rule of the versions, owned by the VirtualService, and the mirror names it', async () => {
  expect(await enable()).toContain('"subset":"kubectl-mirror-v2"')
  await limitsOnce(1)
  const [rule] = await limits()
  expect(rule).toMatchObject({
    metadata: { name: LIMIT, ownerReferences: [{ kind: 'VirtualService', name: 'httpbin' }] },
    spec: { host: 'httpbin', subsets: [{ name: 'kubectl-mirror-v2', labels: { version: 'v2' } }] }
  })
  expect(rule?.spec).not.toHaveProperty('trafficPolicy')
  await disable()
  expect(JSON.stringify((await storedVirtualService()).spec.http)).not.toContain('mirror')
  expect(await limitsOnce(0)).toEqual([])
})

test('it follows labels and policy of the version, and another limit', async () => {
  await enable()
  await limitsOnce(1)
  await subsets({ labels: { version: 'v2b' }, trafficPolicy: { tls: { mode: 'DISABLE' } } }, { exportTo: ['.'] })
  const says = async (text: string) => JSON.stringify(await limits()).includes(text)
  await until(
    'it follows',
    async () => (await says('v2b')) && (await says('DISABLE')) && (await says('"exportTo":["."]'))
  )
  await enable({ to: 'v2', limit: '8' })
  await until('it has the other limit', () => says('"http2MaxRequests":8'))
  await kubectl(['delete', 'destinationrule', LIMIT])
  expect(await limitsOnce(1)).toHaveLength(1)
})

test('it never stands alone: it goes with the rule of the versions, and returns with it', async () => {
  await enable()
  await limitsOnce(1)
  await kubectl(['delete', 'destinationrule', 'httpbin'])
  await limitsOnce(0)
  await subsets()
  expect(await limitsOnce(1)).toHaveLength(1)
})

test('a Service without DestinationRules has one of its own', async () => {
  await kubectl(['delete', 'destinationrule', 'httpbin'])
  await apply('v1', 'Service', 'shadow', { ports: [{ name: 'http', port: 8000 }] })
  await until('it is known and limited', async () => {
    await enable({ to: 'shadow/', limit: '4' })
    return (await limits()).length === 1
  })
  expect((await limits())[0]?.spec.subsets).toMatchObject([{ name: 'kubectl-mirror' }])
  await kubectl(['delete', 'service', 'shadow'])
})

test('where none can be, the annotation is refused with the reason', async () => {
  await subsets(undefined, { workloadSelector: { matchLabels: { app: 'sleep' } } })
  expect(await refusal()).toContain('workloadSelector')
})

test('a limit from before is deleted where it has come to stand in the way', async () => {
  await enable()
  await limitsOnce(1)
  await apply('networking.istio.io/v1', 'DestinationRule', 'other', { host: 'httpbin', exportTo: ['.'], subsets: [] })
  await limitsOnce(0)
  const said = async () => (await listEvents()).filter(({ reason }) => reason === 'MirrorLimitMissing')
  await until('there is an Event', async () => (await said()).length > 0)
  expect(JSON.stringify(await said())).toContain('exportTo')
})

test("it has the policy's number where the annotation has none, and goes with it", async () => {
  const set = (policy: object) => {
    const patch = JSON.stringify({ data: { 'policy.json': JSON.stringify(policy) } })
    return kubectl([
      'patch',
      'configmap',
      'kubectl-mirror-policy',
      `--namespace=${NAMESPACE}`,
      '--type=merge',
      '-p',
      patch
    ])
  }
  const says = async (number: number) => JSON.stringify(await limits()).includes(`"http2MaxRequests":${number}`)
  await set({ defaultLimit: 8 })
  await enable({ to: 'v2' })
  await until('it has the default', () => says(8), 30_000)
  await set({ defaultLimit: 16 })
  await until('it has the new one', () => says(16), 30_000)
  await set({})
  expect(await limitsOnce(0)).toEqual([])
  expect((await storedVirtualService()).spec.http[0].mirror?.subset).toBe('v2')
})

test('twenty rounds leave nothing', async () => {
  for (let round = 0; round < 20; round++) {
    await enable()
    if (round % 2) await limitsOnce(1)
    await disable()
  }
  await limitsOnce(0)
  expect(await kubectl(['get', 'destinationrules', '-o', 'name'])).toBe('destinationrule.networking.istio.io/httpbin\n')
})

test('a deleted VirtualService takes it along, even if no replica saw that', async () => {
  await enable()
  await limitsOnce(1)
  await webhook.stop()
  await kubectl(['delete', 'virtualservice', 'httpbin'])
  webhook = await startWebhook(chart, '--limits=on')
  expect(await limitsOnce(0)).toEqual([])
})

test('a clean-up deletes it, with the rights of the chart, and leaves what Git has', async () => {
  await enable()
  await limitsOnce(1)
  await kubectl(['label', 'destinationrule', 'httpbin', `${OURS}limit=64`])
  await webhook.stop()
  const hook = await renderChart(
    '--set',
    'cleanupOnUninstall=true,limits.enabled=true',
    '--show-only',
    'templates/cleanup.yaml'
  )
  await kubectl(
    ['apply', '-f', '-'],
    hook
      .split(/^---$/m)
      .filter((one) => !/^kind: Job$/m.test(one))
      .join('\n---\n')
  )
  const cluster = await connectAs('kubectl-mirror-cleanup', NAMESPACE)
  const rules = '/apis/networking.istio.io/v1/namespaces/default/destinationrules'
  expect(await cleanUp(cluster)).toMatchObject({
    removed: [`${rules}/${LIMIT}`],
    left: [`${rules}/httpbin`],
    refused: []
  })
  cluster.close()
  webhook = await startWebhook(chart, '--limits=on')
})

test('without the right, the annotation says which', async () => {
  await webhook.stop()
  webhook = await startWebhook(chart)
  expect(await refusal()).toContain('limits.enabled')
})
