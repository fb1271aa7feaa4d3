// Waits until a mirror is taken, and each target has a ready pod. Knows nothing of how a mirror is made.
import type { Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { formatSelector, isReady, listPods, type Pod } from '../resources/pods.ts'
import { describeUnready } from '../resources/unready.ts'
import { isRoute, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, type Version } from '../resources/versions.ts'
import { waitUntilTaken } from './taken.ts'

/** `deadline` in epoch milliseconds; absent: not for the targets. */
export async function waitForMirror(
  cluster: Cluster,
  object: StoredVirtualService,
  deadline: number | undefined,
  io: Io
): Promise<void> {
  if (isRoute(object)) await waitUntilTaken(cluster, object, io)
  if (deadline !== undefined) await waitForTargets(cluster, object, deadline, io)
}

/** Sidecars still need a second or two afterwards to learn of the mirror. */
async function waitForTargets(cluster: Cluster, object: StoredVirtualService, deadline: number, io: Io): Promise<void> {
  const versions = (await findVersions(cluster, object)).filter(({ role }) => role === 'mirror')
  const unwatchable = versions.filter(({ selector }) => selector === undefined)
  if (unwatchable.length > 0) throw new UserError(unwatchable.map(whyUnwatchable))
  for (;;) {
    const pods = await Promise.all(versions.map((version) => listPods(cluster, version)))
    const missing = versions.flatMap((version, index) => {
      const found = pods[index] ?? []
      return found.some(isReady) ? [] : [describeMissing(version, found)]
    })
    if (missing.length === 0) return
    if (io.now().getTime() >= deadline) {
      throw new UserError(`timed out waiting for a ready pod of ${missing.join('; of ')}; the mirror stays enabled`)
    }
    await pause(io.signal)
  }
}

/** Between two polls of the pods. */
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => void setTimeout(resolve, PAUSE))
  signal.throwIfAborted()
}

const PAUSE = 500

function describeMissing({ label, selector = {} }: Version, pods: readonly Pod[]): string {
  return `${label} (${pods.length === 0 ? `no pod has the labels ${formatSelector(selector)}` : describeUnready(pods)})`
}

/** Without a selector no pod can ever be found. */
function whyUnwatchable({ label, problem }: Version): string {
  const why = problem?.message ?? 'it is not a Service with a selector'
  return `cannot wait for a ready pod of ${label}: ${why}; the mirror stays enabled`
}
