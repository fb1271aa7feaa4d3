// Puts our webhook, the Go one and a MutatingAdmissionPolicy into the API server's path, each for the objects labelled
// with its name. Writes no VirtualService.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../../webhook/kubernetes/client.ts'
import type { Stage } from './stage.ts'

export const LABEL = 'bench'

const ADMISSION = '/apis/admissionregistration.k8s.io'
const CONFIGURATIONS = `${ADMISSION}/v1/mutatingwebhookconfigurations`
const SECRET = '/api/v1/namespaces/kubectl-mirror/secrets/kubectl-mirror-certificate'
const WITHIN_MS = 30_000

interface Webhook {
  readonly name: string
  readonly matchConditions: readonly object[]
  readonly [field: string]: unknown
}

/** As the chart has it, but for who is called and, with `only`, for which objects: another part may have said others. */
export async function interposeOurs({ api }: Stage, url: string, only?: string): Promise<void> {
  const secret = (await api.send('GET', SECRET)) as { data: Record<string, string> } // a Secret
  const webhook = await installed(api)
  const clientConfig = { url, caBundle: secret.data['ca.crt'] }
  await put(api, 'kubectl-mirror', { ...webhook, clientConfig, ...(only ? labelled(only) : { objectSelector: {} }) })
}

export async function interposeGo({ api, folder }: Stage, url: string): Promise<void> {
  const clientConfig = { url, caBundle: await readFile(join(folder, 'ca.crt'), 'base64') }
  await put(api, 'go', { ...(await installed(api)), name: 'go.bench.dev', clientConfig, ...labelled('go') })
}

export async function interposePolicy({ api }: Stage): Promise<void> {
  const { matchConditions } = await installed(api)
  const apiGroups = ['networking.istio.io']
  const operations = ['CREATE', 'UPDATE']
  const path = `/metadata/annotations/${ANNOTATIONS.injected.replace('/', '~1')}`
  const expression = `[JSONPatch{op: "add", path: "${path}", value: "httpbin:8000/v2=100"}]`
  const spec = {
    failurePolicy: 'Fail',
    reinvocationPolicy: 'IfNeeded',
    matchConstraints: {
      resourceRules: [{ apiGroups, apiVersions: ['v1'], operations, resources: ['virtualservices'] }],
      ...labelled('policy')
    },
    matchConditions,
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }]
  }
  const metadata = { name: 'bench' }
  await create(api, `${ADMISSION}/v1beta1/mutatingadmissionpolicies`, { metadata, spec })
  const binding = { metadata, spec: { policyName: 'bench' } }
  await create(api, `${ADMISSION}/v1beta1/mutatingadmissionpolicybindings`, binding)
}

/** The API server learns of a new configuration by a watch of its own. */
export async function untilInterposed(write: () => Promise<unknown[]>): Promise<void> {
  const end = Date.now() + WITHIN_MS
  for (;;) {
    const written = (await write()) as VirtualService[] // the API server's answers to writes of them
    if (written.every(({ metadata }) => metadata.annotations?.[ANNOTATIONS.injected] !== undefined)) return
    if (Date.now() > end) throw new Error(`written without a mirror after ${WITHIN_MS / 1000} s`)
    await sleep(100)
  }
}

async function installed(api: Cluster): Promise<Webhook> {
  const { webhooks } = (await api.send('GET', `${CONFIGURATIONS}/kubectl-mirror`)) as { webhooks: [Webhook] } // the chart's
  return webhooks[0]
}

async function put(api: Cluster, name: string, webhook: object): Promise<void> {
  const webhooks = [webhook]
  const contentType = 'application/json-patch+json'
  if (await create(api, CONFIGURATIONS, { metadata: { name }, webhooks })) return
  await api.send('PATCH', `${CONFIGURATIONS}/${name}`, {
    contentType,
    body: [{ op: 'replace', path: '/webhooks', value: webhooks }]
  })
}

/** Whether it did not exist yet. */
async function create(api: Cluster, path: string, object: object): Promise<boolean> {
  try {
    await api.send('POST', path, { body: object })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return false
    throw error
  }
}

function labelled(name: string): object {
  return { objectSelector: { matchLabels: { [LABEL]: name } } }
}
