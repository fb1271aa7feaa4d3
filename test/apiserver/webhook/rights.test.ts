// What the webhook's service account may do, to the last verb. A new right must be written down here, with its reason.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { installChart, NAMESPACE, renderChart, type InstalledChart } from './under-test.ts'
import { kubectl } from '../own-server.ts'

let chart: InstalledChart

beforeAll(async () => void (chart = await installChart()))
afterAll(() => chart.uninstall())

/** In its own namespace: [resources, names, verbs], without what every service account may. */
const OWN = [
  ['secrets', 'kubectl-mirror-certificate', 'get list watch update'], // the certificate it serves with, and rotates
  ['configmaps', 'kubectl-mirror-policy', 'list watch'], // the policy
  ['leases', 'kubectl-mirror', 'get update'], // who leads
  ['leases', '', 'create'], // where they were deleted
  ['secrets', '', 'create']
]
/** In every namespace. */
const ANYWHERE = [
  ['virtualservices', '', 'list watch patch'], // the controller's no-op patches
  ['httproutes', '', 'list watch patch'],
  ['gateways gatewayclasses referencegrants', '', 'list watch'], // whether live requests could fail for a mirror
  ['customresourcedefinitions', 'httproutes.gateway.networking.k8s.io', 'list watch'],
  ['destinationrules serviceentries', '', 'list watch'], // which targets exist
  ['services', '', 'list watch'],
  ['events', '', 'create'],
  ['envoyfilters', '', 'list delete'], // what killed runs of compare left behind
  ['telemetries', '', 'list delete'],
  ['mutatingwebhookconfigurations', 'kubectl-mirror', 'get list watch patch'] // caBundle
]

interface Rule {
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

async function rights(namespace: string): Promise<string[]> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
  const account = [`--as=system:serviceaccount:${NAMESPACE}:kubectl-mirror`, '--as-group=system:authenticated']
  const review = JSON.parse(
    await kubectl(['create', '--output=json', '--validate=false', ...account, '-f', '-'], JSON.stringify(body))
  ) as {
    readonly status: { readonly resourceRules: readonly Rule[] }
  }
  return review.status.resourceRules
    .filter(({ resources = [] }) => !resources.some((one) => one.startsWith('selfsubject')))
    .map(({ resources = [], resourceNames = [], verbs }) =>
      [resources, resourceNames, verbs].map((list) => list.join(' ')).join('|')
    )
    .toSorted()
}

test('in its own namespace: exactly this', async () => {
  expect(await rights(NAMESPACE)).toEqual([...OWN, ...ANYWHERE].map((right) => right.join('|')).toSorted())
})

test('with limits, every DestinationRule, too', async () => {
  const role = await renderChart('--set', 'limits.enabled=true', '--show-only', 'templates/clusterrole.yaml')
  const [, limited = ''] = role.split(/^---$/m)
  const { rules } = parse(limited) as { readonly rules: readonly Rule[] }
  expect(
    rules.filter(({ resources }) => resources?.includes('destinationrules')).map(({ verbs }) => verbs.join(' '))
  ).toEqual(['list watch', 'get create update delete'])
})

test('elsewhere: exactly this', async () => {
  expect(await rights('default')).toEqual(ANYWHERE.map((right) => right.join('|')).toSorted())
})
