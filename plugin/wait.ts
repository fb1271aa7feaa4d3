// Waits until copies have somewhere to go. Knows nothing of how a mirror is made.
import type { Cluster } from './cluster.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import { isReady, listPods } from './pods.ts'
import type { StoredVirtualService } from './virtual-services.ts'
import { findVersions, type Version } from './workloads.ts'

/** Until a pod of each target is ready. Sidecars then still take a second or two to learn of the mirror. */
export async function waitForTargets(
  cluster: Cluster,
  object: StoredVirtualService,
  timeout: number,
  io: Io
): Promise<void> {
  const versions = (await findVersions(cluster, object)).filter(({ role }) => role === 'mirror')
  const hopeless = versions.filter(({ selector }) => selector === undefined)
  if (hopeless.length > 0) throw new UserError(hopeless.map(whyHopeless))
  const deadline = io.now().getTime() + timeout
  for (;;) {
    const pods = await Promise.all(versions.map((version) => listPods(cluster, version)))
    const missing = versions.filter((_, index) => !pods[index]?.some(isReady)).map(({ label }) => label)
    if (missing.length === 0) return
    if (io.now().getTime() >= deadline) {
      throw new UserError(`timed out waiting for a ready pod of ${missing.join(', ')}; the mirror stays enabled`)
    }
    await new Promise((resolve) => void setTimeout(resolve, PAUSE))
    io.signal.throwIfAborted()
  }
}

const PAUSE = 500

/** Nothing tells which pods are meant, and no time will. */
function whyHopeless({ label, problem }: Version): string {
  const why = problem?.message ?? 'it is no Service that selects pods'
  return `cannot wait for a ready pod of ${label}: ${why}; the mirror stays enabled`
}
