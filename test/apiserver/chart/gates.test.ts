// examples/gates: each is what its API accepts, and the chart's rights are those of the example.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { argoRolloutsDefinitions, flaggerDefinitions } from '../../webhook-definitions.ts'
import { kubectl } from '../own-server.ts'
import { read, render, type Rendered } from './chart.ts'

const EXAMPLES = new URL('../../../examples/gates/', import.meta.url)
const example = async (file: string) => read(await readFile(new URL(file, EXAMPLES), 'utf8'))
const gatesOf = async (...flags: readonly string[]) =>
  (await render(...flags)).filter(({ metadata }) => metadata.name.endsWith('-gate'))
const rules = (rendered: readonly Rendered[]) =>
  rendered.flatMap(({ rules: those = [] }) => those as readonly unknown[])

let folder: string
const definitions = () => join(folder, 'definitions.yaml')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-gates-'))
  const others = await Promise.all([argoRolloutsDefinitions(), flaggerDefinitions()])
  await writeFile(definitions(), others.join('\n---\n'))
  await kubectl(['apply', '--server-side', '-f', definitions()])
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', definitions()])
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'httpbin', labels } }
  await kubectl(['apply', '-f', '-'], JSON.stringify(namespace))
})
afterAll(async () => {
  await kubectl(['delete', 'namespace', 'httpbin', '--wait=false'])
  await kubectl(['delete', '--wait=false', '-f', definitions()])
  await rm(folder, { recursive: true })
})

test('none by default', async () => {
  expect(await gatesOf()).toEqual([])
  expect(await gatesOf('--set', 'gates.diff=true')).toEqual([])
})

test('in a namespace they are the example, object by object', async () => {
  // Named twice, they are made once.
  const made = await gatesOf('--set', 'gates.namespaces={httpbin,httpbin}')
  const plain = made.map(({ metadata: { labels: _, ...metadata }, ...rest }) => ({ ...rest, metadata }))
  expect(plain).toEqual(await example('rights.yaml'))
})

test("for diff they have the example's further rights, too", async () => {
  const made = await gatesOf('--set', 'gates.namespaces={httpbin},gates.diff=true')
  expect(rules(made)).toEqual([...rules(await example('rights.yaml')), ...rules(await example('rights-of-diff.yaml'))])
})

test.for(['Shop', '*', 'a.b', ''])('namespace %o is refused', async (name) => {
  await expect(render('--set-json', `gates.namespaces=${JSON.stringify([name])}`)).rejects.toThrow(
    '/gates/namespaces/0'
  )
})

const FILES = [
  'rights.yaml',
  'rights-of-diff.yaml',
  'job.yaml',
  'gitlab/rights.yaml',
  'flagger/cron-job.yaml',
  'flagger/load-tester-rights.yaml',
  'flagger/canary.yaml',
  'argo-rollouts/analysis-template.yaml',
  'argo-rollouts/rollout.yaml'
]

test.for(FILES)("%s: accepted by the API server with Argo Rollouts' and Flagger's own definitions", async (file) => {
  const manifest = await readFile(new URL(file, EXAMPLES), 'utf8')
  // Unknown fields are errors, and the namespace's pod security standard is warned of.
  const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--warnings-as-errors', '-f', '-']
  expect((await kubectl(dryRun, manifest)).trim().split('\n')).toHaveLength(read(manifest).length)
})
