// Waits until a mirror is taken, and each target has a ready pod. Knows nothing of how a mirror is made.
import type { Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { formatSelector, isReady, listPods, type Pod } from '../resources/pods.ts'
import { describeUnready } from '../resources/unready.ts'
import { isRoute, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, type Version } from '../resources/versions.ts'
import { poll } from './poll.ts'
import { waitUntilTaken } from './taken.ts'

/** `deadline` by `performance.now()`; absent: not for the targets. */
export async function waitForMirror(
  cluster: Cluster,
  object: StoredVirtualService,
  deadline: number | undefined,
  io: Io
): Promise<void> {
  if (isRoute(object)) await waitUntilTaken(cluster, object, io)
  if (deadline === undefined) return
  const missing = await missingTargets(cluster, object, deadline, io).catch((error: unknown) => {
    if (!(error instanceof UserError)) cluster.warn('the mirror stays enabled')
    throw error
  })
  if (missing.length === 0) return
  throw new UserError(`timed out waiting for a ready pod of ${missing.join('; of ')}; the mirror stays enabled`)
}

/** Sidecars still need a second or two after the last pod to learn of the mirror. */
async function missingTargets(
  cluster: Cluster,
  object: StoredVirtualService,
  deadline: number,
  { signal }: Io
): Promise<string[]> {
  let versions: readonly Version[] | undefined
  let missing: string[] = []
  const none = await poll({ cluster, signal, deadline }, async () => {
    versions ??= await findMirrors(cluster, object)
    const found = versions.map(async (version) => ({ version, pods: await listPods(cluster, version) }))
    const unready = (await Promise.all(found)).filter(({ pods }) => !pods.some(isReady))
    missing = unready.map(({ version, pods }) => describeMissing(version, pods))
    return missing.length === 0 ? missing : undefined
  })
  return none ?? missing
}

async function findMirrors(cluster: Cluster, object: StoredVirtualService): Promise<readonly Version[]> {
  const versions = (await findVersions(cluster, object)).filter(({ role }) => role === 'mirror')
  const unwatchable = versions.filter(({ selector }) => selector === undefined)
  if (unwatchable.length > 0) throw new UserError(unwatchable.map(whyUnwatchable))
  return versions
}

function describeMissing({ label, selector = {} }: Version, pods: readonly Pod[]): string {
  return `${label} (${pods.length === 0 ? `no pod has the labels ${formatSelector(selector)}` : describeUnready(pods)})`
}

/** Without a selector no pod can ever be found. */
function whyUnwatchable({ label, problem }: Version): string {
  const why = problem?.message ?? 'it is not a Service with a selector'
  return `cannot wait for a ready pod of ${label}: ${why}; the mirror stays enabled`
}
