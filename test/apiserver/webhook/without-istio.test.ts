// A cluster with the Gateway API and without Istio's kinds: the chart installs, HTTPRoutes are mirrored, every command works on them,
// and the chart's own test and clean-up do, too.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cleanUp } from '../../../webhook/controller/cleanup.ts'
import { selfTest } from '../../../webhook/controller/self-test.ts'
import { gatewayDefinitions } from '../../webhook-definitions.ts'
import { until } from '../../until.ts'
import { kubectl } from '../own-server.ts'
import { completions, mirror } from '../plugin/run.ts'
import {
  connectAs,
  installChart,
  NAMESPACE,
  renderChart,
  startWebhook,
  type InstalledChart,
  type RunningWebhook
} from './under-test.ts'

const WHERE = ['-n', 'without-istio']
let istio: string
let chart: InstalledChart | undefined
let webhook: RunningWebhook | undefined

beforeAll(async () => {
  const names = (await kubectl(['get', 'crd', '-o', 'name'])).split('\n').filter((name) => name.endsWith('.istio.io'))
  const { items } = JSON.parse(await kubectl(['get', ...names, '-o', 'json'])) as { items: Definition[] }
  istio = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: items.map(({ metadata: { name, labels, annotations }, status: _, ...rest }) => ({
      ...rest,
      metadata: { name, labels, annotations }
    }))
  })
  await kubectl(['delete', ...names])
  await until(
    'no VirtualServices are served',
    async () => !(await kubectl(['api-resources', '-o', 'name'])).includes('virtualservices')
  )
  await kubectl(['apply', '--server-side', '-f', '-'], await gatewayDefinitions())
  await kubectl(['wait', '--for=condition=established', '--timeout=60s', '-f', '-'], await gatewayDefinitions())
  await kubectl(['create', 'namespace', 'without-istio'])
  await kubectl([...WHERE, 'create', 'service', 'clusterip', 'httpbin-v2', '--tcp=80'])
  chart = await installChart()
  for (const template of ['tests/mutation', 'cleanup']) {
    const hook = await renderChart('--set', 'cleanupOnUninstall=true', '--show-only', `templates/${template}.yaml`)
    const rights = hook.split(/^---$/m).filter((one) => !/^kind: (Job|Pod)$/m.test(one))
    await kubectl(['apply', '-f', '-'], rights.join('\n---\n'))
  }
  webhook = await startWebhook(chart)
}, 120_000)
afterAll(async () => {
  await webhook?.stop()
  await chart?.uninstall()
  await kubectl(['delete', '-f', '-'], await gatewayDefinitions())
  await kubectl(['apply', '--server-side', '-f', '-'], istio)
  await kubectl(['wait', '--for=condition=established', '--timeout=60s', '-f', '-'], istio)
})

interface Definition {
  readonly metadata: { readonly name: string; readonly labels?: object; readonly annotations?: object }
  readonly status?: object
}

const ROUTE = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'httpbin' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'httpbin', port: 8000 }],
    rules: [{ backendRefs: [{ name: 'httpbin-v1', port: 80 }] }]
  }
}

const run = (...args: string[]) => mirror([...args, ...WHERE])

test('the commands work on HTTPRoutes, and say what is missing', async () => {
  await kubectl([...WHERE, 'apply', '-f', '-'], JSON.stringify(ROUTE))
  await until(
    'it is mirrored',
    async () => (await run('enable', 'httpbin', '--to', 'httpbin-v2', '--dry-run=server')).code === 0
  )
  const enabled = await run('enable', 'httpbin', '--to', 'httpbin-v2')
  expect(enabled).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('no implementation has taken the mirror') as string
  })
  expect((await run('status')).stdout).toMatch(/^httproute\/httpbin +httpbin-v1:80 +httpbin-v2:80 +100 /m)
  expect((await run('status', '-A')).stderr).toBe('')
  const checked = await run('check')
  expect(checked.stdout).toMatch(
    /^warning +Istio resources +networking.istio.io\/v1 is not served; only HTTPRoutes can be mirrored here/m
  )
  expect(checked.stdout).toMatch(/^ok +injection +an HTTPRoute with our annotation, in a dry run, gets its mirror/m)
  expect(checked.stdout).toMatch(/^ok +permissions/m)
  expect((await run('status', 'nope')).stderr).toBe(
    'Error from server (NotFound): httproutes.gateway.networking.k8s.io "nope" not found\n'
  )
  expect((await run('enable', 'httpbin-v2', '--to', 'x')).stderr).toContain('add --create=httproute')
  expect((await run('status', 'vs/httpbin')).stderr).toContain(
    'the server doesn\'t have a resource type "virtualservices"'
  )
  expect((await completions('status', ...WHERE, '')).stdout).toBe('httproute/httpbin\n:4\n')
  expect((await run('disable', '--all', '-o', 'name')).stdout).toBe('httproute.gateway.networking.k8s.io/httpbin\n')
}, 90_000)

test('helm test proves it with an HTTPRoute', async () => {
  const cluster = await connectAs('kubectl-mirror-test', NAMESPACE)
  expect(await selfTest(cluster, NAMESPACE, {})).toEqual({
    ok: true,
    text: 'ok: an annotated HTTPRoute comes back mirrored (server dry-run)'
  })
  cluster.close()
}, 60_000)

test('an uninstall cleans HTTPRoutes and trips over nothing', async () => {
  await kubectl([...WHERE, 'annotate', 'httproute', 'httpbin', 'kubectl-mirror.dev/to=httpbin-v2'])
  const cluster = await connectAs('kubectl-mirror-cleanup', NAMESPACE)
  expect(await cleanUp(cluster)).toEqual({
    cleaned: ['HTTPRoute without-istio/httpbin'],
    removed: [],
    left: [],
    refused: []
  })
  cluster.close()
})

test('the webhook is calm: kinds that are not there are no errors', async () => {
  const loud = webhook?.log.filter((line) => ['warn', 'error'].includes(String(line['level'])))
  expect(loud?.filter((line) => JSON.stringify(line).includes('istio.io'))).toEqual([])
})
