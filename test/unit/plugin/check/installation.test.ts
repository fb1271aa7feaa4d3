// The rows of `check` without a name, where something is missing.
import { expect, test } from 'vitest'
import { ApiError } from '../../../../plugin/io/errors.ts'
import { checkInstallation } from '../../../../plugin/check/installation.ts'
import { clusterOf, IO, listed, mirrored, ROUTE, shop, type Model } from './cluster-model.ts'

const CONFIGURATION = {
  metadata: { name: 'kubectl-mirror', labels: null },
  webhooks: [
    {
      name: 'mirror.kubectl-mirror.dev',
      failurePolicy: 'Ignore',
      clientConfig: { service: { namespace: 'km', name: 'km' } }
    }
  ]
}
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/km/endpointslices'
const INSTALLED = {
  ...shop(),
  [CONFIGURATIONS]: { items: [CONFIGURATION] },
  [SLICES]: { items: [{ endpoints: null }] }
}

async function rows(model: Model, namespace = 'shop'): Promise<string[]> {
  const post = (path: string) => (path.includes('access') ? { status: { allowed: true } } : { metadata: {} })
  const links = await checkInstallation(clusterOf({ post, ...model }, namespace), IO as never)
  return links.map(({ outcome, name, detail }) => `${outcome} ${name}: ${detail}`)
}

test('a webhook without a pod is named, not a crash', async () => {
  const said = await rows({ answers: INSTALLED })
  expect(said).toContain('failed webhook pods: none is ready behind Service km/km')
  expect(said.find((row) => row.startsWith('failed injection'))).toMatch(/gets no mirror$/)
})

test('every list of the API may be null', async () => {
  const answers = {
    ...INSTALLED,
    [SLICES]: { items: null },
    '/apis/apps/v1/deployments': { items: null },
    '/apis/networking.istio.io/v1': { resources: null },
    '/api/v1/namespaces/km/configmaps/km-policy': { data: null }
  }
  expect(await rows({ answers })).toContain('failed webhook pods: none is ready behind Service km/km')
  expect(await rows({ answers: { ...answers, [CONFIGURATIONS]: { items: null } } })).toContain(
    'failed webhook: not installed'
  )
  const bare = { items: [{ ...CONFIGURATION, webhooks: null }] }
  expect(await rows({ answers: { ...answers, [CONFIGURATIONS]: bare } })).toContain('failed webhook: not installed')
})

test('an API server that takes no request has failed; one that keeps its version to itself has not', async () => {
  expect((await rows({ answers: {} }))[0]).toMatch(/^failed API server: /)
  expect((await rows({ answers: {}, forbidden: [/./] }))[0]).toMatch(/^unknown API server: /)
})

test('of a namespace that does not exist nothing is ok', async () => {
  const said = await rows({ answers: INSTALLED }, 'nope')
  expect(said).toContain('failed namespace: there is no namespace nope')
  expect(said.filter((row) => /permissions|injection/.test(row))).toEqual([])
})

test('a long denial is one short row', async () => {
  const problem = (name: string) => `metadata.annotations["kubectl-mirror.dev/${name}"]: ${'long '.repeat(60)}`
  const message = `admission webhook "mirror.kubectl-mirror.dev" denied the request: \n${problem('until')}\n${problem('to')}`
  const post = (path: string) => {
    if (path.includes('access')) return { status: { allowed: true } }
    throw new ApiError(400, { reason: 'BadRequest', message })
  }
  const row = (await rows({ answers: INSTALLED, post })).find((one) => one.includes(' injection: the webhook'))
  expect(row).toMatch(/^ok injection: the webhook responds; its policy refuses the dry run: metadata\S+until/)
  expect(row?.length).toBeLessThan(260)
})

test('a webhook that fails closed and does not answer has failed', async () => {
  const post = (path: string) => {
    if (path.includes('access')) return { status: { allowed: true } }
    throw new ApiError(500, {
      reason: 'InternalError',
      message: 'failed calling webhook "mirror.kubectl-mirror.dev": no endpoints available'
    })
  }
  expect((await rows({ answers: INSTALLED, post })).find((one) => one.startsWith('failed injection'))).toMatch(
    /^failed .*no endpoints available$/
  )
})

const POLICY = '/api/v1/namespaces/km/configmaps/km-policy'
const configMap = (text: string) => ({ data: { 'policy.json': text } })

test('a policy that the webhook cannot read is named with its place', async () => {
  const said = await rows({ answers: { ...INSTALLED, [POLICY]: configMap('{"allowedMethods":["get"]}') } })
  expect(said.find((row) => row.includes(' policy: '))).toMatch(
    /^failed policy: .* ConfigMap km\/km-policy: .*allowedMethods/
  )
  const forbidden = await rows({ answers: INSTALLED, forbidden: [/configmaps/] })
  expect(forbidden).toContain('unknown policy: you may not get configmap km-policy in namespace km')
})

test('the mirrors that break guardrails set since are listed', async () => {
  const object = mirrored('shop/httpbin', { hosts: ['httpbin'], http: [{ route: ROUTE }] })
  const answers = { ...INSTALLED, ...listed(object), [POLICY]: configMap('{"maxPercent":10}') }
  const said = await rows({ answers })
  expect(said).toContain('ok policy: ConfigMap km/km-policy sets maxPercent')
  expect(said).toContain('warning guardrails: 1 mirror in the cluster would be refused today: shop/httpbin')
})
