// Whether the targets of a mirror exist and are ready, as far as the user may read.
import { describeHazard } from '../../mirror/hazards.ts'
import { formatProblem } from '../../mirror/problem.ts'
import type { Cluster } from '../client/client.ts'
import { formatSelector, isReady } from '../resources/pods.ts'
import { isUnread } from '../../mirror/check-targets.ts'
import { readable } from '../resources/look-up.ts'
import type { ServiceDirectory } from '../resources/services.ts'
import type { Surroundings } from './state.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, hazardsIn, type Version } from '../resources/versions.ts'
import { describeUnready } from '../resources/unready.ts'

type Targets = Pick<Surroundings, 'targetMissing' | 'targetNotReady' | 'unknown'>

/** `hazards`: how targets that hang would hurt live requests. */
export async function describeTargets(
  cluster: Cluster,
  object: StoredVirtualService,
  directory: ServiceDirectory
): Promise<Targets & { readonly hazards: readonly string[] }> {
  const versions = await findVersions(cluster, object, directory)
  const targets = await Promise.all(
    versions.filter(({ role }) => role === 'mirror').map((target) => describe(target, directory))
  )
  const join = (key: keyof Targets): Targets => {
    const said = [...new Set(targets.flatMap((target) => target[key] ?? []))]
    return said.length > 0 ? { [key]: said.join('; ') } : {}
  }
  const hazards = hazardsIn(object, versions).map((one) => formatProblem(describeHazard(one)))
  return { ...join('targetMissing'), ...join('targetNotReady'), ...join('unknown'), hazards }
}

async function describe(
  { label, namespace, selector, problem }: Version,
  directory: ServiceDirectory
): Promise<Targets> {
  if (problem)
    return problem.code === 'targetUnread' ? { unknown: problem.message } : { targetMissing: problem.message }
  // A Service without a selector, or a host outside the cluster, has no pods to look at.
  if (!selector) return {}
  const pods = await readable(directory.pods({ namespace, selector }))
  if (isUnread(pods)) return { unknown: `unknown whether ${label} has a ready pod: ${pods.unread}` }
  const labels = formatSelector(selector)
  if (pods.length === 0) return { targetNotReady: `${label} has no pod (${labels})` }
  return pods.some(isReady)
    ? {}
    : { targetNotReady: `no pod of ${label} is ready (${labels}): ${describeUnready(pods)}` }
}
