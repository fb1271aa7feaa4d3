// Writes a baseline's annotation, and what follows from it where no webhook does. Knows no run.
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import type { Cluster } from '../../client/client.ts'
import { isNotFound } from '../../io/errors.ts'
import { objectPath, type StoredVirtualService } from '../../resources/virtual-services.ts'
import { writeEdit } from '../../resources/virtual-service-writes.ts'

const OPTIONS = { dryRun: false, fieldManager: 'mirror-plugin' }
const REMOVE_WITHIN = 15_000
const RETRY_EVERY = 1000

interface Write {
  /** Only if it still has it. */
  readonly resourceVersion?: string
  readonly signal?: AbortSignal
}

/** By merge patch: an apply by our field manager would drop the annotations that `enable` applied. */
export async function mark(
  cluster: Cluster,
  { metadata }: StoredVirtualService,
  until: string | null,
  { resourceVersion, signal }: Write = {}
): Promise<StoredVirtualService> {
  return cluster.request('PATCH', objectPath({ metadata }), {
    query: { fieldManager: OPTIONS.fieldManager },
    contentType: 'application/merge-patch+json',
    body: {
      metadata: { annotations: { [ANNOTATIONS.baseline]: until }, ...(resourceVersion && { resourceVersion }) }
    },
    ...(signal && { signal })
  })
}

/** Where no webhook makes the edit, whoever enabled the mirror made it directly, and so does this. */
export async function completeEdit(
  cluster: Cluster,
  written: StoredVirtualService,
  { signal }: Write = {}
): Promise<'byWebhook' | 'direct'> {
  const { result, problems } = edit(written, new Date())
  const [is, shouldBe] = [written, result].map((one) => one.metadata.annotations?.[ANNOTATIONS.injected])
  if (problems.length > 0 || is === shouldBe) return 'byWebhook'
  await writeEdit(cluster, written, result, { ...OPTIONS, ...(signal && { signal }) })
  return 'direct'
}

/** With a signal of its own: after Ctrl-C the run's is aborted. */
export async function removeBaseline(cluster: Cluster, object: StoredVirtualService): Promise<boolean> {
  const signal = AbortSignal.timeout(REMOVE_WITHIN)
  while (!signal.aborted) {
    try {
      await completeEdit(cluster, await mark(cluster, object, null, { signal }), { signal })
      return true
    } catch (error) {
      // With the VirtualService went its baseline.
      if (isNotFound(error)) return true
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY))
    }
  }
  return false
}

/** What a killed run left behind where no webhook ends it. */
export function hasStaleBaseline({ metadata }: Pick<StoredVirtualService, 'metadata'>, now: Date): boolean {
  return Date.parse(metadata.annotations?.[ANNOTATIONS.baseline] ?? '') <= now.getTime()
}

export async function endStaleBaseline(cluster: Cluster, object: StoredVirtualService): Promise<void> {
  await completeEdit(cluster, await mark(cluster, object, null))
}
