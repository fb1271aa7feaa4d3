// The clean-up job strips mirrors while the real helm uninstalls, and in no other case: its manifest is applied by kubectl, Flux
// and Argo CD like any other. No kubelet here: the test runs the job's own command, with its own service account's rights.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CHART, helm, podsOf, read, template } from './chart.ts'
import { kubeconfig, kubectl } from '../own-server.ts'
import { runJob } from '../webhook/under-test.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'cleanup'
const NAME = 'clean-kubectl-mirror'
const RELEASE = { name: 'clean', namespace: NAMESPACE }
const FLAGS = ['--set', 'cleanupOnUninstall=true,webhook.timeoutSeconds=1']
const MIRRORED = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: {
    name: 'httpbin',
    namespace: NAMESPACE,
    annotations: { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/injected': 'httpbin/v2' }
  },
  spec: {
    hosts: ['httpbin'],
    http: [
      {
        route: [{ destination: { host: 'httpbin', subset: 'v1' } }],
        mirror: { host: 'httpbin', subset: 'v2' },
        mirrorPercentage: { value: 100 }
      }
    ]
  }
}

beforeAll(async () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }
  await kubectl(['apply', '-f', '-'], JSON.stringify(namespace))
  // An API server answers the first list of a new kind with 429. The job would be tried again; here it runs once.
  await kubectl(['get', 'virtualservices,envoyfilters,telemetries', '--all-namespaces'])
})
beforeEach(async () => {
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(MIRRORED))
})
afterAll(() => kubectl(['delete', '--namespace', NAMESPACE, 'virtualservice', 'httpbin']))

const withCluster = (...args: readonly string[]) =>
  helm(...args, '--namespace', NAMESPACE, '--kubeconfig', kubeconfig())

async function isMirrored(): Promise<boolean> {
  const text = await kubectl(['get', 'virtualservice', 'httpbin', '--namespace', NAMESPACE, '--output=json'])
  expect(text.includes('kubectl-mirror.dev/to'), 'annotation and mirror go together').toBe(
    text.includes('mirrorPercentage')
  )
  return text.includes('mirrorPercentage')
}

/** As a pod of the job would: the arguments of its container, the token of its service account. */
async function runCleanup(): Promise<{ code: number; output: string }> {
  const job = await kubectl(['get', 'job', `${NAME}-cleanup`, '--namespace', NAMESPACE, '--output=json'])
  const { spec } = podsOf([JSON.parse(job)])['Job']!
  const [{ args }] = spec['containers'] as [{ readonly args: readonly string[] }]
  return runJob(NAMESPACE, spec['serviceAccountName'] as string, args)
}

test('manifests that kubectl applied strip nothing, and say so', async () => {
  const manifests = await template(RELEASE, ...FLAGS)
  await kubectl(['apply', '--server-side', '-f', '-'], manifests)
  try {
    const { code, output } = await runCleanup()
    expect(output).toMatch(/^nothing to do: the release is not being uninstalled: Helm has no record of this release/)
    expect(code, output).toBe(0)
    expect(await isMirrored()).toBe(true)
    expect(await mayGet('sh.helm.release.v1.clean.v1')).toBe('yes')
    for (const other of ['sh.helm.release.v1.other.v1', `${NAME}-certificate`]) expect(await mayGet(other)).toBe('no')
  } finally {
    await kubectl(['delete', '--wait=false', '-f', '-'], manifests)
  }
})

/** `yes` or `no`, for the job's service account. */
async function mayGet(secret: string): Promise<string> {
  const account = `system:serviceaccount:${NAMESPACE}:${NAME}-cleanup`
  const asked = { namespace: NAMESPACE, verb: 'get', resource: 'secrets', name: secret }
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: account, resourceAttributes: asked }
  }
  const answer = await kubectl(['create', '--output=json', '-f', '-'], JSON.stringify(review))
  return (JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed ? 'yes' : 'no'
}

test.for(['secret', 'configmap'])(
  'helm uninstall strips, after a rollback, too, with records kept as %s; manifests applied beside it do not',
  async (driver) => {
    process.env['HELM_DRIVER'] = driver
    try {
      await withCluster('install', 'clean', CHART, ...FLAGS)
      await withCluster('upgrade', 'clean', CHART, ...FLAGS, '--set', 'replicas=3')
      await withCluster('rollback', 'clean', '1')

      // As after a move from helm to Argo CD or Flux: the record is still there.
      const hooks = read(await template(RELEASE, ...FLAGS)).filter(({ metadata }) =>
        metadata.annotations?.['helm.sh/hook']?.startsWith('pre-delete')
      )
      await kubectl(['apply', '--server-side', '-f', '-'], hooks.map((hook) => JSON.stringify(hook)).join('\n---\n'))
      const idle = await runCleanup()
      expect(idle.output).toContain(`Helm's record in namespace ${NAMESPACE} says "deployed", not "uninstalling"`)
      expect(idle.code, idle.output).toBe(0)
      expect(await isMirrored()).toBe(true)
      await kubectl(['delete', 'job', `${NAME}-cleanup`, '--namespace', NAMESPACE])

      const uninstalled = withCluster('uninstall', 'clean', '--timeout', '60s')
      await until('helm made the job', async () =>
        Boolean(await kubectl(['get', 'job', `${NAME}-cleanup`, '-n', NAMESPACE]))
      )
      const { code, output } = await runCleanup()
      expect(output).toContain(`cleaned ${NAMESPACE}/httpbin`)
      expect(code, output).toBe(0)
      expect(await isMirrored()).toBe(false)
      await completeJob()
      expect(await uninstalled).toContain('uninstalled')
    } finally {
      delete process.env['HELM_DRIVER']
    }
  }
)

test('where Helm installed and its records are nowhere to be seen, nothing is stripped and the job fails with the remedy', async () => {
  await withCluster('install', 'clean', CHART, ...FLAGS)
  const manifests = await template(RELEASE, ...FLAGS)
  try {
    await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifests)
    await kubectl(['delete', 'secrets', '--namespace', NAMESPACE, '--selector=owner=helm'])
    const { code, output } = await runCleanup()
    expect(output).toMatch(/^error: removed nothing: Helm installed this release, but .*helm uninstall --no-hooks$/m)
    expect(code, output).toBe(1)
    expect(await isMirrored()).toBe(true)
  } finally {
    await kubectl(['delete', '--wait=false', '-f', '-'], manifests)
  }
})

/** As the Job controller does. */
async function completeJob(): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: now
  }))
  const status = { startTime: now, completionTime: now, succeeded: 1, conditions }
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-job-'))
  await writeFile(join(folder, 'patch.json'), JSON.stringify({ status }))
  const patch = ['--subresource=status', '--type=merge', '--patch-file', join(folder, 'patch.json')]
  await kubectl(['patch', 'job', `${NAME}-cleanup`, '--namespace', NAMESPACE, ...patch])
  await rm(folder, { recursive: true })
}
