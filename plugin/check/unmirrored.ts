// Suggests the command that would mirror a VirtualService, if there is a subset to mirror to.
import { primaryOf } from '../../mirror/resolve-targets.ts'
import { httpRules } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { isUnread } from '../../mirror/check-targets.ts'
import { readable } from '../resources/look-up.ts'
import { resolveHost } from '../../mirror/host.ts'
import type { ServiceDirectory } from '../resources/services.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'

/** Suggests the first subset that no rule routes to. */
export async function howToEnable(
  { command }: Cluster,
  object: StoredVirtualService,
  directory: ServiceDirectory
): Promise<string> {
  const { name, namespace } = object.metadata
  const rules = httpRules(object)
  const host = rules.map((rule) => primaryOf(rule)?.host ?? undefined).find((one) => one !== undefined)
  const live = new Set(rules.flatMap(({ route }) => (route ?? []).map(({ destination }) => destination?.subset)))
  const service = host === undefined ? undefined : resolveHost(host, namespace)
  const subsets =
    host === undefined
      ? new Map()
      : await readable(directory.subsets(host, namespace, service ? [service.namespace] : []))
  const target = isUnread(subsets) ? undefined : [...subsets.keys()].find((subset) => !live.has(subset))
  return target === undefined
    ? 'define a subset for the version that is to get copies in a DestinationRule; see kubectl mirror enable --help'
    : command(`mirror enable ${name} --to ${target} -n ${namespace}`)
}
