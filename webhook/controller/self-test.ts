// Proves on a live cluster that an annotated VirtualService comes back mirrored. A server dry-run: nothing is stored.
import { setTimeout as sleep } from 'node:timers/promises'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'

const HOST = 'kubectl-mirror-test'
const ATTEMPTS = 30
/** As the API server tells of an answer of ours; of a call that failed it says something else. */
const DENIED = 'admission webhook "mirror.kubectl-mirror.dev" denied the request'

export interface SelfTest {
  readonly ok: boolean
  /** One line. */
  readonly text: string
}

/**
 * In a namespace and with labels that the webhook is called for. It may take a moment after an install for the API server to
 * know us.
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
      found = `the API server stored it without a mirror: ${JSON.stringify(stored.spec?.http)}; it does not reach the webhook, or webhook.namespaceSelector or objectSelector leave namespace ${namespace} or the test out`
    } catch (error) {
      found = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
      // Which guardrails are on is the platform team's: no VirtualService would pass all of them.
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
