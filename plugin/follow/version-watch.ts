// Reports when the versions behind a VirtualService change: a mirror begins, ends, or gets another target.
import type { Cluster } from '../client/client.ts'
import { collectionOf, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, type Version } from '../resources/versions.ts'
import { Backoff, type Pause } from '../resources/backoff.ts'
import { watchObjects } from '../resources/object-watch.ts'

export interface VersionWatchOptions {
  readonly signal: AbortSignal
  readonly pause: Pause
  readonly onVersions: (versions: readonly Version[]) => void
  /** The watch failed, or finding the versions of a change did; it is tried again. */
  readonly onBroken: (error: Error) => void
  readonly onAnswered: () => void
  readonly say: (text: string) => void
}

/** Runs until the signal aborts. Never rejects: the known versions are followed without it. */
export async function watchVersions(
  cluster: Cluster,
  object: StoredVirtualService,
  { signal, pause, onVersions, onBroken, onAnswered, say }: VersionWatchOptions
): Promise<void> {
  const { name } = object.metadata
  let known = JSON.stringify(object.spec)
  let hasFailed = false
  const fail = (error: Error) => {
    hasFailed = true
    if (!signal.aborted) onBroken(error)
  }
  const report = async (changed: StoredVirtualService) => {
    // A change of annotations or status alone does not change the pods.
    const spec = JSON.stringify(changed.spec)
    if (spec === known) return
    known = spec
    // A later change may be handled first.
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
    path: collectionOf(object),
    query: { fieldSelector: `metadata.name=${name}` },
    signal,
    pause,
    onObject: (changed) => void report(changed),
    onGone: () => say(`warning: ${name} was deleted; still following the versions it had`),
    isFinal: () => false,
    onBroken,
    onAnswered: () => {
      if (!hasFailed) onAnswered()
    }
  })
}
