// Tells when the versions behind a VirtualService change: a mirror begins, ends, or goes elsewhere.
import type { Cluster } from '../cluster.ts'
import { collectionPath, type StoredVirtualService } from '../virtual-services.ts'
import { findVersions, type Version } from '../workloads.ts'
import type { Pause } from './backoff.ts'
import { watchObjects } from './object-watch.ts'

export interface VersionWatchOptions {
  readonly signal: AbortSignal
  readonly pause: Pause
  readonly onVersions: (versions: readonly Version[]) => void
  readonly say: (text: string) => void
}

/** Never rejects: the versions that are known are followed without it. */
export async function watchVersions(
  cluster: Cluster,
  object: StoredVirtualService,
  { signal, pause, onVersions, say }: VersionWatchOptions
): Promise<void> {
  const { name, namespace } = object.metadata
  let known = JSON.stringify(object.spec)
  const tell = async (changed: StoredVirtualService) => {
    // Annotations and the status change without it, and mean nothing to the pods.
    const spec = JSON.stringify(changed.spec)
    if (spec === known) return
    known = spec
    const versions = await findVersions(cluster, changed)
    // A later change may have been quicker.
    if (spec === known) onVersions(versions)
  }
  const fail = (error: unknown) => {
    if (!signal.aborted) say(`warning: changes of ${name} cannot be followed: ${(error as Error).message}`)
  }
  try {
    await watchObjects<StoredVirtualService>({
      cluster,
      path: collectionPath(namespace),
      query: { fieldSelector: `metadata.name=${name}` },
      signal,
      pause,
      onObject: (changed) => void tell(changed).catch(fail),
      onGone: () => say(`warning: ${name} has been deleted; the versions it had are followed on`),
      onListed: () => {},
      onBroken: () => {},
      onAnswered: () => {}
    })
  } catch (error) {
    fail(error)
  }
}
