// The DestinationRules that limit a mirror: waits for those of the webhook, and without one (`--direct`) writes and deletes them with
// the user's own rights. What they say is mirror/'s.
import type { Edit } from '../../mirror/edit.ts'
import { ROOT_NAMESPACE } from '../../mirror/destination-rules.ts'
import { namespaceOf, usualHost } from '../../mirror/host.ts'
import { LIMIT_LABEL, limitOwnerOf, type DestinationRule } from '../../mirror/mesh-objects.ts'
import { planLimits } from '../../mirror/plan-limits.ts'
import { nameOf, type Target } from '../../mirror/target.ts'
import type { Cluster } from '../client/client.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { lookUp } from '../resources/look-up.ts'
import { ServiceDirectory } from '../resources/services.ts'
import { destinationRulesPath, type StoredVirtualService } from '../resources/virtual-services.ts'
import { formatAsFlag } from './flag-annotations.ts'
import { poll } from './poll.ts'

/** Throws for what stands in their way. */
export async function limitsFor(
  cluster: Cluster,
  { metadata }: StoredVirtualService,
  edited: Edit
): Promise<readonly DestinationRule[]> {
  const { namespace, name, uid } = metadata
  const limited = (edited.plan?.targets ?? []).filter((target) => target.limited)
  if (limited.length === 0) return []
  const directory = new ServiceDirectory(cluster)
  const places = new Map<string, readonly string[]>()
  for (const { host } of limited) {
    const full = usualHost(host, namespace)
    const own = namespaceOf(full)
    places.set(full, own === undefined ? ((await directory.external(host, namespace))?.namespaces ?? []) : [own])
  }
  const rules = await directory.rulesIn([namespace, ...[...places.values()].flat(), ROOT_NAMESPACE])
  const known = { rules, services: (host: string) => places.get(host) ?? [] }
  const planned = planLimits(edited, { namespace, name, uid }, {}, known)
  if (planned.problems.length > 0) throw new UserError(planned.problems.map(formatAsFlag))
  return planned.rules
}

export async function writeLimits(
  cluster: Cluster,
  rules: readonly DestinationRule[],
  fieldManager: string
): Promise<void> {
  for (const rule of rules) {
    const { name, namespace = '' } = rule.metadata
    const path = destinationRulesPath(namespace)
    const query = { fieldManager }
    try {
      await cluster.request('POST', path, { query, body: rule })
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error
      const stored = await cluster.request<DestinationRule>('GET', `${path}/${encodeURIComponent(name)}`)
      if (limitOwnerOf(stored.metadata) === undefined) throw error
      const body = { ...rule, metadata: { ...stored.metadata, ...rule.metadata } }
      await cluster.request('PUT', `${path}/${encodeURIComponent(name)}`, { query, body })
    }
  }
}

/** Those that were made for the VirtualService; where they may not be read, none. */
export async function removeLimits(
  cluster: Cluster,
  { metadata: { name, namespace } }: StoredVirtualService
): Promise<void> {
  const path = destinationRulesPath(namespace)
  for await (const { items } of cluster.list<DestinationRule>(path, { query: { labelSelector: LIMIT_LABEL } })) {
    for (const { metadata } of items) {
      if (limitOwnerOf(metadata) !== name) continue
      await cluster.request('DELETE', `${path}/${encodeURIComponent(metadata.name)}`).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }
  }
}

const WITHIN_MS = 20_000

/** Until then the copies are dropped. Says it if the webhook does not make them. */
export async function awaitLimits(cluster: Cluster, object: StoredVirtualService, edited: Edit, io: Io): Promise<void> {
  const limited = (edited.plan?.targets ?? []).filter((target) => target.limited)
  const deadline = performance.now() + WITHIN_MS
  let missing: readonly Target[] = []
  const none = await poll({ cluster, signal: io.signal, deadline }, async () => {
    const directory = new ServiceDirectory(cluster)
    const found = await Promise.all(limited.map((target) => lookUp(directory, target, object.metadata.namespace)))
    missing = limited.filter((_, index) => found[index]?.isLimitMissing)
    return missing.length === 0 ? missing : undefined
  })
  if (none) return
  const names = missing.map(nameOf).join(', ')
  const said = `nothing is copied yet: the webhook has not made the DestinationRule that limits ${names}; see kubectl get events`
  io.stderr.write(`Warning: ${said}\n`)
}
