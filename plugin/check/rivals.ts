// Finds other VirtualServices with the same hosts and callers. Follows istiod's SelectVirtualServices and
// VirtualServicesForGateway (pilot/pkg/model). Pure. Ignores the mesh's defaults and Sidecars.
import { hostMatches, isExportedTo, usualHost } from '../../mirror/host.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'

export interface Rival {
  /** `namespace/name` */
  readonly name: string
  /** `mesh`, or a gateway's full name. */
  readonly through: string
  /** The callers' namespace: the VirtualService's own, or the gateway's. */
  readonly callers: string
  /** Its hosts that our pattern covers, unless it has the same pattern: requests to them follow its rules. */
  readonly narrower: readonly string[]
  /** Whose rules these callers meet first; undefined: the other is not exported to them, only to others. */
  readonly first: 'this' | 'other' | undefined
}

export function rivalsOf(object: StoredVirtualService, others: readonly StoredVirtualService[]): Rival[] {
  return others.flatMap((other) => {
    if (isSame(object, other) || !sharesCallers(object, other)) return []
    const shared = isShared(object, other)
    const narrower = shared ? [] : narrowerHosts(object, other)
    if (!shared && narrower.length === 0) return []
    const gateways = gatewaysOf(other)
    return gatewaysOf(object)
      .filter((gateway) => gateways.includes(gateway))
      .map((through) => rivalThrough(through, object, other, narrower))
  })
}

function rivalThrough(
  through: string,
  object: StoredVirtualService,
  other: StoredVirtualService,
  narrower: readonly string[]
): Rival {
  const { namespace, name } = other.metadata
  const [place = ''] = through.split('/')
  const callers = through === 'mesh' ? object.metadata.namespace : place
  const isSeen = isExportedTo(other.spec?.exportTo, namespace, callers)
  const isFirst = narrower.length === 0 && isBefore(object, other, callers)
  const first = isSeen ? (isFirst ? 'this' : 'other') : undefined
  return { name: `${namespace}/${name}`, through, callers, narrower, first }
}

/** Full names, as Istio completes them; `mesh` if there are none. */
export function gatewaysOf({ metadata: { namespace }, spec }: StoredVirtualService): string[] {
  const names = spec?.gateways?.length ? spec.gateways : ['mesh']
  return names.map((name) =>
    name === 'mesh' || name.includes('/') ? name.replace(/^\.\//, `${namespace}/`) : `${namespace}/${name}`
  )
}

function isSame({ metadata: one }: StoredVirtualService, { metadata: two }: StoredVirtualService): boolean {
  return one.namespace === two.namespace && one.name === two.name
}

function hostsOf({ spec, metadata }: StoredVirtualService): string[] {
  return (spec?.hosts ?? []).map((host) => usualHost(host, metadata.namespace))
}

/** Identical hosts only: an exact host beats a pattern that covers it. */
function isShared(one: StoredVirtualService, two: StoredVirtualService): boolean {
  const hosts = new Set(hostsOf(one))
  return hostsOf(two).some((host) => hosts.has(host))
}

function narrowerHosts(one: StoredVirtualService, two: StoredVirtualService): string[] {
  const patterns = hostsOf(one).filter((host) => host.startsWith('*'))
  return hostsOf(two).filter((host) => patterns.some((pattern) => host !== pattern && hostMatches(pattern, host)))
}

/** Namespaces, or `*`. Absent: everywhere. */
function exportsOf({ metadata, spec }: StoredVirtualService): readonly string[] {
  const exportTo = spec?.exportTo ?? []
  if (exportTo.length === 0) return ['*']
  return exportTo.filter((one) => one !== '~').map((one) => (one === '.' ? metadata.namespace : one))
}

function sharesCallers(one: StoredVirtualService, two: StoredVirtualService): boolean {
  const [ones, twos] = [exportsOf(one), exportsOf(two)]
  const isPublic = (list: readonly string[], other: readonly string[]) => list.includes('*') && other.length > 0
  return isPublic(ones, twos) || isPublic(twos, ones) || ones.some((namespace) => twos.includes(namespace))
}

/** Private ones of the callers' namespace come first, then those exported to it by name, then public ones; each by age. */
function isBefore(one: StoredVirtualService, two: StoredVirtualService, callers: string): boolean {
  const rank = (object: StoredVirtualService): number => {
    const exported = exportsOf(object)
    return exported.includes('*') ? 2 : object.metadata.namespace === callers ? 0 : 1
  }
  const age = ({ metadata }: StoredVirtualService): string =>
    `${String(metadata['creationTimestamp'])} ${metadata.name} ${metadata.namespace}`
  return rank(one) === rank(two) ? age(one) < age(two) : rank(one) < rank(two)
}
