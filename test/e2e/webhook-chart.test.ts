// The chart's life on a cluster: no step of it that a write notices.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { image, installWebhook, onlyReplicas, uninstallWebhook } from './install.ts'
import { countFailedCalls, readFailures } from './failed-calls.ts'
import { helm, kubectl } from './kubectl.ts'
import { CHART, PLACE } from './release.ts'
import { times } from './short.ts'
import { allMirrored, freshNamespace, OBJECTS, startWrites, withoutMirror } from './webhook-writes.ts'

const SPACE = 'webhook-chart'
const PER_SECOND = 20

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-chart-'))
  await freshNamespace(SPACE)
  await kubectl('label', 'namespace', SPACE, 'pod-security.kubernetes.io/enforce=restricted')
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await kubectl('delete', 'namespace', SPACE, 'webhook-chart-writes', '--ignore-not-found', '--wait=false')
  await installWebhook()
})

test(`install, upgrade to the next version, roll back and uninstall under ${PER_SECOND} writes a second`, async () => {
  await uninstallWebhook()
  const next = join(folder, 'next')
  await cp(CHART, next, { recursive: true })
  const chart = await readFile(join(next, 'Chart.yaml'), 'utf8')
  await writeFile(join(next, 'Chart.yaml'), chart.replace(/^version: .*$/m, 'version: 99.0.0'))

  const writes = await startWrites('webhook-chart-writes', PER_SECOND)
  const steps = [
    { step: 'install', args: ['kubectl-mirror', CHART, ...image(), '--create-namespace'], replicas: 2 },
    {
      step: 'upgrade',
      args: ['kubectl-mirror', next, ...image(), '--set', 'replicas=3,webhook.timeoutSeconds=4'],
      replicas: 3
    },
    { step: 'rollback', args: ['kubectl-mirror', '1'], replicas: 2 }
  ]
  for (const { step, args, replicas } of steps) {
    const before = await countFailedCalls()
    await helm(step, ...args, ...PLACE, '--wait', '--timeout', '3m')
    await onlyReplicas(replicas)
    await allMirrored('webhook-chart-writes')
    const failedMeanwhile = (await countFailedCalls()) - before
    // Helm has to create the webhook's configuration before any replica can answer.
    if (step !== 'install')
      expect(failedMeanwhile, `failed during ${step}: ${readFailures(failedMeanwhile).join('\n')}`).toBe(0)
  }
  await helm('uninstall', 'kubectl-mirror', ...PLACE, '--wait')
  await sleep(5000)
  const { failed, count, perSecond } = await writes.stop()
  console.log(`${count} writes, ${perSecond.toFixed(0)} a second`)
  expect(failed).toEqual([])
  expect(perSecond, 'writes a second, really').toBeGreaterThanOrEqual(times(0.8, 0.1) * PER_SECOND)
})

test(
  'an uninstall leaves mirrors and nothing else; with cleanupOnUninstall not even them',
  { timeout: 600_000 },
  async () => {
    const space = 'webhook-chart-writes'
    const ours = () =>
      kubectl('get', 'virtualservices', '--namespace', space, '--output=jsonpath={.items[*].metadata.annotations}')
    await installWebhook('--set', 'cleanupOnUninstall=false')
    await allMirrored(space)
    await helm('uninstall', 'kubectl-mirror', ...PLACE, '--wait')
    expect(await withoutMirror(space), 'mirrors stay').toEqual([])
    const left = await kubectl(
      'get',
      'secrets,leases,configmaps,serviceaccounts,roles,rolebindings,services,deployments,pods',
      ...PLACE,
      '--output=name'
    )
    expect(left.split('\n').filter((name) => /kubectl-mirror/.test(name) && !name.startsWith('pod/'))).toEqual([])
    const everywhere = await kubectl(
      'get',
      'clusterroles,clusterrolebindings,mutatingwebhookconfigurations',
      '--output=name'
    )
    expect(everywhere).not.toContain('kubectl-mirror')

    await installWebhook('--set', 'cleanupOnUninstall=true')
    await helm('uninstall', 'kubectl-mirror', ...PLACE, '--wait')
    expect(await ours()).not.toContain('kubectl-mirror.dev/')
    expect(await withoutMirror(space)).toHaveLength(OBJECTS)
  }
)

test('in a namespace that enforces restricted pods: ready, and helm test proves a mutation', async () => {
  const place = ['--namespace', SPACE]
  await helm('install', 'kubectl-mirror', CHART, ...image(), ...place, '--wait', '--timeout', '2m')
  expect(await helm('test', 'kubectl-mirror', ...place, '--logs')).toContain(
    'ok: an annotated VirtualService comes back mirrored'
  )
  await helm('uninstall', 'kubectl-mirror', ...place, '--wait')
})
