// Tests on the cluster that an annotated VirtualService comes back mirrored. Uses a server dry-run, which stores nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'

const HOST = 'kubectl-mirror-test'
const ATTEMPTS = 30
/** The API server writes this for a denial of ours; for a failed call it writes something else. */
const DENIED = 'admission webhook "mirror.kubectl-mirror.dev" denied the request'

export interface SelfTest {
  readonly ok: boolean
  /** One line. */
  readonly text: string
}

/**
 * The webhook's selectors must match the namespace and labels. After an install, the API server may need a moment until it calls
 * the webhook.
 */
export async function selfTest(
  cluster: Cluster,
  namespace: string,
  labels: Readonly<Record<string, string>>
): Promise<SelfTest> {
  const path = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices?dryRun=All`
  let found = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(1000)
    try {
      const stored = (await cluster.send('POST', path, { body: annotated(labels) })) as VirtualService
      const [rule] = stored.spec?.http ?? []
      if (rule?.mirror?.host === HOST && rule.mirror.subset === 'v2') {
        return { ok: true, text: 'ok: an annotated VirtualService comes back mirrored (server dry-run)' }
      }
      found = `the API server stored it without a mirror: ${JSON.stringify(stored.spec?.http)}; the API server cannot reach the webhook, or webhook.namespaceSelector or objectSelector excludes namespace ${namespace} or the test's object`
    } catch (error) {
      found = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
      // The policy may deny any test object, and a denial proves that the webhook was called.
      if (error instanceof ApiError && error.status === 400 && found.includes(DENIED)) {
        return { ok: true, text: `ok: the webhook was reached, and its policy denied the test: ${found}` }
      }
    }
  }
  return { ok: false, text: `error: ${found}` }
}

function annotated(labels: Readonly<Record<string, string>>): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { generateName: `${HOST}-`, labels, annotations: { 'kubectl-mirror.dev/to': 'v2' } },
    spec: { hosts: [HOST], http: [{ route: [{ destination: { host: HOST, subset: 'v1' } }] }] }
  }
}
