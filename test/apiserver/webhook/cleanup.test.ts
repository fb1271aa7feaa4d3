// What an uninstall leaves: rules that are their owner's again, and nothing of runs of the plugin. With the chart's own rights.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cleanUp } from '../../../webhook/controller/cleanup.ts'
import type { Cluster } from '../../../webhook/kubernetes/client.ts'
import { listTemporary, pathOfTemporary, removeTemporary } from '../../../webhook/controller/temporary-objects.ts'
import {
  connectAs,
  installChart,
  NAMESPACE,
  renderChart,
  startWebhook,
  type InstalledChart,
  type RunningWebhook
} from './under-test.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const OURS = 'kubectl-mirror.dev/'
const ENVOY_FILTERS = '/apis/networking.istio.io/v1alpha3/envoyfilters'

let chart: InstalledChart
let webhook: RunningWebhook
let cluster: Cluster

beforeAll(async () => {
  // What it cleans up is the whole cluster, and other files have left theirs.
  await kubectl(['delete', 'virtualservices,envoyfilters', '--all', '--all-namespaces'])
  chart = await installChart()
  webhook = await startWebhook(chart)
  const hook = await renderChart('--set', 'cleanupOnUninstall=true', '--show-only', 'templates/cleanup.yaml')
  const rights = hook.split(/^---$/m).filter((one) => !/^kind: Job$/m.test(one))
  await kubectl(['apply', '-f', '-'], rights.join('\n---\n'))
  cluster = await connectAs('kubectl-mirror-cleanup', NAMESPACE)
})
afterAll(async () => {
  cluster?.close()
  await webhook?.stop()
  await chart?.uninstall()
})
afterEach(() => kubectl(['delete', 'virtualservices,envoyfilters', '--all']))

/** As Helm 4, Flux and kustomize do it. */
function applyAsHelm(subset: string, annotations: Readonly<Record<string, string>>): Promise<string> {
  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'httpbin', annotations },
    spec: { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin', subset } }] }] }
  }
  const args = ['apply', '--server-side', '--field-manager=helm', '--output=json', '-f', '-']
  return kubectl(args, JSON.stringify(object))
}

test('rules are given back: their owner applies them again without a conflict', async () => {
  await until('it is mirrored', async () => (await applyAsHelm('v1', { [`${OURS}to`]: 'v2' })).includes('"mirror"'))
  expect(await cleanUp(cluster)).toEqual({ cleaned: ['default/httpbin'], removed: [], left: [], refused: [] })
  const stored = JSON.parse(
    await kubectl(['get', 'virtualservice', 'httpbin', '--output=json', '--show-managed-fields'])
  ) as {
    readonly metadata: {
      readonly annotations?: object
      readonly managedFields: readonly { readonly manager: string }[]
    }
    readonly spec: { readonly http: readonly object[] }
  }
  expect(stored.spec.http).toEqual([{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }])
  expect(stored.metadata.annotations).toBeUndefined()
  expect(stored.metadata.managedFields.map(({ manager }) => manager)).toEqual(['helm'])
  expect(JSON.parse(await applyAsHelm('v3', {}))).toHaveProperty('spec.http[0].route[0].destination.subset', 'v3')
  expect(await cleanUp(cluster), 'a second time there is nothing left').toMatchObject({ cleaned: [], refused: [] })
})

function envoyFilter(name: string, label: string, expires: string): string {
  return JSON.stringify({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, labels: { [OURS + label]: 'tap' }, annotations: { [`${OURS}expires`]: expires } },
    spec: { workloadSelector: { labels: { app: 'none' } } }
  })
}

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()

test('what a killed run left is removed, and nothing that only looks like it', async () => {
  const filters = [
    envoyFilter('killed', 'temporary', IN_AN_HOUR),
    envoyFilter('unreadable', 'temporary', 'soon'),
    envoyFilter('others', 'other', IN_AN_HOUR)
  ]
  await kubectl(['apply', '-f', '-'], filters.join('\n---\n'))
  const path = (name: string): string => `/apis/networking.istio.io/v1alpha3/namespaces/default/envoyfilters/${name}`
  expect(await cleanUp(cluster)).toEqual({
    cleaned: [],
    removed: [path('killed')],
    left: [path('unreadable')],
    refused: []
  })
  expect(await kubectl(['get', 'envoyfilters', '--output=jsonpath={.items[*].metadata.name}'])).toBe(
    'others unreadable'
  )
})

test('one whose run has just put its expiry off stays, and the connection is as good as before', async () => {
  await kubectl(['apply', '-f', '-'], envoyFilter('alive', 'temporary', IN_AN_HOUR))
  const found = []
  for await (const one of listTemporary(cluster, ENVOY_FILTERS)) found.push(one)
  expect(found).toHaveLength(1)
  const [listed] = found
  if (!listed) return
  await kubectl(['annotate', 'envoyfilter', 'alive', `${OURS}expires=${new Date().toISOString()}`, '--overwrite'])
  const path = pathOfTemporary(ENVOY_FILTERS, listed)
  for (let request = 0; request < 3; request++) expect(await removeTemporary(cluster, path, listed)).toBe(false)
  expect(await kubectl(['get', 'envoyfilters', '--output=name'])).toContain('alive')
  expect((await cleanUp(cluster)).removed).toEqual([path])
})
