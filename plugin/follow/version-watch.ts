// Tells when the versions behind a VirtualService change: a mirror begins, ends, or goes elsewhere.
import type { Cluster } from '../client/client.ts'
import { collectionPath, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, type Version } from '../resources/versions.ts'
import { Backoff, type Pause } from '../resources/backoff.ts'
import { watchObjects } from '../resources/object-watch.ts'

export interface VersionWatchOptions {
  readonly signal: AbortSignal
  readonly pause: Pause
  readonly onVersions: (versions: readonly Version[]) => void
  /** A change could not be watched for, or not be looked into; it is tried again. */
  readonly onBroken: (error: Error) => void
  readonly onAnswered: () => void
  readonly say: (text: string) => void
}

/** Until the signal aborts: the versions that are known are followed without it. */
export async function watchVersions(
  cluster: Cluster,
  object: StoredVirtualService,
  { signal, pause, onVersions, onBroken, onAnswered, say }: VersionWatchOptions
): Promise<void> {
  const { name, namespace } = object.metadata
  let known = JSON.stringify(object.spec)
  let hasFailed = false
  const fail = (error: Error) => {
    hasFailed = true
    if (!signal.aborted) onBroken(error)
  }
  const tell = async (changed: StoredVirtualService) => {
    // Annotations and the status change without it, and mean nothing to the pods.
    const spec = JSON.stringify(changed.spec)
    if (spec === known) return
    known = spec
    // A later change may be quicker.
    const isWanted = () => spec === known && !signal.aborted
    const backoff = new Backoff(pause)
    while (isWanted()) {
      const versions = await findVersions(cluster, changed).catch(fail)
      if (!isWanted()) return
      if (versions) {
        hasFailed = false
        onAnswered()
        return onVersions(versions)
      }
      await backoff.wait(signal)
    }
  }
  await watchObjects<StoredVirtualService>({
    cluster,
    path: collectionPath(namespace),
    query: { fieldSelector: `metadata.name=${name}` },
    signal,
    pause,
    onObject: (changed) => void tell(changed),
    onGone: () => say(`warning: ${name} has been deleted; the versions it had are followed on`),
    onListed: () => {},
    isFinal: () => false,
    onBroken,
    onAnswered: () => {
      if (!hasFailed) onAnswered()
    }
  })
}
