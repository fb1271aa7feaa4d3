// What the chart makes of its values, by the real helm: what the API server and the webhook then read.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readPolicies } from '../../mirror/read-policy.ts'
import { run } from '../sandbox/command.ts'
import { fetchTools } from '../sandbox/downloads.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'

const CHART = new URL('../../charts/kubectl-mirror', import.meta.url).pathname

let helm: string

beforeAll(async () => {
  const progress = new Progress(process.stderr)
  helm = join(await fetchTools({ place: placeOf(process.env), progress, signal: new AbortController().signal }), 'helm')
})

interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly [field: string]: unknown
}

async function render(...flags: readonly string[]): Promise<Rendered[]> {
  const text = await run(helm, ['template', 'kubectl-mirror', CHART, ...flags])
  return parseAllDocuments(text).map((document) => document.toJS() as Rendered) // the chart's objects
}

const setPolicy = (policy: object) => ['--set-json', `policy=${JSON.stringify(policy)}`]

function find(rendered: readonly Rendered[], kind: string): Rendered | undefined {
  return rendered.find((one) => one.kind === kind && one.metadata.name === 'kubectl-mirror')
}

test('cert-manager is given a lifetime in days in hours: it reads no days', async () => {
  const rendered = await render('--set', 'certificates.mode=certManager')
  expect(find(rendered, 'Certificate')).toHaveProperty('spec.duration', '2160h')
})

test("cert-manager's Secret, which it leaves behind, is none that helm has to make in another mode", async () => {
  const rendered = await render('--set', 'certificates.mode=certManager')
  expect(find(rendered, 'Certificate')).toHaveProperty('spec.secretName', 'kubectl-mirror-tls')
  const made = (await render()).filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name)
  expect(made).toEqual(['kubectl-mirror-certificate'])
})

test.for([
  ['a name that is no rule', { namespaces: { dev: { maxPercnt: 5 } } }, '/policy/namespaces/dev'],
  ['a value that no rule has', { namespaces: { dev: { maxPercent: '5' } } }, '/policy/namespaces/dev/maxPercent'],
  ['a list of something else', { allowedMethods: [['GET']] }, '/policy/allowedMethods/0']
] as const)('%s is refused by helm, before it makes the webhook refuse the whole policy', async ([, policy, at]) => {
  await expect(render(...setPolicy(policy))).rejects.toThrow(at)
})

test('null lifts a rule in a namespace, all the way through helm', async () => {
  const rendered = await render(...setPolicy({ maxPercent: 5, namespaces: { dev: { maxPercent: null } } }))
  const { data } = rendered.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> } // the policy
  expect(readPolicies(JSON.parse(data['policy.json'] ?? ''))).toMatchObject({
    maxPercent: 5,
    namespaces: { dev: { maxPercent: undefined } }
  })
})

test('a replica that would be killed while it drains is refused', async () => {
  await expect(render('--set', 'drain=42500ms')).rejects.toThrow('terminationGracePeriodSeconds: 45 is not longer')
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
