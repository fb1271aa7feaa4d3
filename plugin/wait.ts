// Waits until copies have somewhere to go. Knows nothing of how a mirror is made.
import type { Cluster } from './cluster.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import { isReady, listPods } from './pods.ts'
import type { StoredVirtualService } from './virtual-services.ts'
import { findVersions } from './workloads.ts'

/** Until a pod of each target is ready. Sidecars then still take a second or two to learn of the mirror. */
export async function waitForTargets(
  cluster: Cluster,
  object: StoredVirtualService,
  timeout: number,
  io: Io
): Promise<void> {
  const versions = (await findVersions(cluster, object)).filter(({ role }) => role === 'mirror')
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
