// Tests on the cluster that an annotated route comes back mirrored. Uses a server dry-run, which stores nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RouteObject } from '../../mirror/route-kind.ts'
import { isMirrored, TRIALS } from '../../mirror/trial.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'

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
  const trials = [...TRIALS]
  let found = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(1000)
    const { object, path } = trials[0]!
    try {
      const body = { ...object, metadata: { ...object.metadata, labels } }
      const stored = (await cluster.send('POST', `${path(namespace)}?dryRun=All`, { body })) as RouteObject
      if (isMirrored(stored)) {
        return { ok: true, text: `ok: an annotated ${object.kind} comes back mirrored (server dry-run)` }
      }
      found = `the API server stored it without a mirror: ${JSON.stringify(stored.spec)}; the API server cannot reach the webhook, or webhook.namespaceSelector or objectSelector excludes namespace ${namespace} or the test's object`
    } catch (error) {
      found = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
      // The policy may deny any test object, and a denial proves that the webhook was called.
      if (error instanceof ApiError && error.status === 400 && found.includes(DENIED)) {
        return { ok: true, text: `ok: the webhook was reached, and its policy denied the test: ${found}` }
      }
      // The kind is not installed; another may be.
      if (error instanceof ApiError && error.status === 404 && trials.length > 1) trials.shift()
    }
  }
  return { ok: false, text: `error: ${found}` }
}
