// Writes a baseline's annotation, and makes the edit itself if no webhook does. Knows no run.
import { FIELD_MANAGER } from '../../io/kubectl-flags.ts'
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import type { Cluster } from '../../client/client.ts'
import { removePersistently } from '../../resources/temporary-objects.ts'
import { objectPath, type StoredVirtualService } from '../../resources/virtual-services.ts'
import { writeEdit } from '../../resources/virtual-service-writes.ts'

const OPTIONS = { dryRun: false, fieldManager: FIELD_MANAGER }

interface Write {
  /** Write only if it is still this one. */
  readonly resourceVersion?: string
  readonly signal?: AbortSignal
}

/** By merge patch: an apply by our field manager would drop the annotations that `enable` applied. */
export async function mark(
  cluster: Cluster,
  { metadata }: StoredVirtualService,
  expires: Date | null,
  { resourceVersion, signal }: Write = {}
): Promise<StoredVirtualService> {
  return cluster.request('PATCH', objectPath({ metadata }), {
    query: { fieldManager: OPTIONS.fieldManager },
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        annotations: { [ANNOTATIONS.baseline]: expires?.toISOString() ?? null },
        ...(resourceVersion && { resourceVersion })
      }
    },
    ...(signal && { signal })
  })
}

/** Where no webhook makes the edit, `enable --direct` made it for the mirror, and this makes it for the baseline. */
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

export async function removeBaseline(cluster: Cluster, object: StoredVirtualService): Promise<boolean> {
  return removePersistently(async (signal) =>
    completeEdit(cluster, await mark(cluster, object, null, { signal }), { signal })
  )
}

/** A killed run left it behind, and no webhook ended it. */
export function hasStaleBaseline({ metadata }: Pick<StoredVirtualService, 'metadata'>, now: Date): boolean {
  return Date.parse(metadata.annotations?.[ANNOTATIONS.baseline] ?? '') <= now.getTime()
}

export async function endStaleBaseline(cluster: Cluster, object: StoredVirtualService): Promise<void> {
  await completeEdit(cluster, await mark(cluster, object, null))
}
