// Who else serves the hosts of a VirtualService, for the same callers. Follows istiod's SelectVirtualServices and
// VirtualServicesForGateway (pilot/pkg/model). Pure: the mesh's defaults and Sidecars are not known here.
import { isExportedTo } from '../../mirror/visibility.ts'
import { sameHost } from '../service-host.ts'
import type { StoredVirtualService } from '../virtual-services.ts'

export interface Rival {
  /** `namespace/name` */
  readonly name: string
  /** `mesh`, or a gateway's full name. */
  readonly through: string
  /** Where the callers are: the VirtualService's own namespace, or the gateway's. */
  readonly callers: string
  /** Whose rules these meet first; undefined: the other does not reach them, but it reaches some. */
  readonly first: 'this' | 'other' | undefined
}

export function rivalsOf(object: StoredVirtualService, others: readonly StoredVirtualService[]): Rival[] {
  return others
    .filter((other) => !isSame(object, other) && sharesHost(object, other) && sharesCallers(object, other))
    .flatMap((other) => {
      const gateways = gatewaysOf(other)
      return gatewaysOf(object)
        .filter((gateway) => gateways.includes(gateway))
        .map((through) => rivalThrough(through, object, other))
    })
}

function rivalThrough(through: string, object: StoredVirtualService, other: StoredVirtualService): Rival {
  const { namespace, name } = other.metadata
  const [place = ''] = through.split('/')
  const callers = through === 'mesh' ? object.metadata.namespace : place
  const first = isExportedTo(other.spec?.exportTo, namespace, callers)
    ? isBefore(object, other, callers)
      ? 'this'
      : 'other'
    : undefined
  return { name: `${namespace}/${name}`, through, callers, first }
}

/** In full, as Istio completes the names; without any, the sidecars of the mesh. */
export function gatewaysOf({ metadata: { namespace }, spec }: StoredVirtualService): string[] {
  const names = spec?.gateways?.length ? spec.gateways : ['mesh']
  return names.map((name) =>
    name === 'mesh' || name.includes('/') ? name.replace(/^\.\//, `${namespace}/`) : `${namespace}/${name}`
  )
}

function isSame({ metadata: one }: StoredVirtualService, { metadata: two }: StoredVirtualService): boolean {
  return one.namespace === two.namespace && one.name === two.name
}

function sharesHost(one: StoredVirtualService, two: StoredVirtualService): boolean {
  return (one.spec?.hosts ?? []).some((host) =>
    (two.spec?.hosts ?? []).some((other) => sameHost(other, two.metadata.namespace, host, one.metadata.namespace))
  )
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

/** First those for the callers' namespace alone, then those exported to it by name, then the public ones; each by age. */
function isBefore(one: StoredVirtualService, two: StoredVirtualService, callers: string): boolean {
  const rank = (object: StoredVirtualService): number => {
    const exported = exportsOf(object)
    return exported.includes('*') ? 2 : object.metadata.namespace === callers ? 0 : 1
  }
  const age = ({ metadata }: StoredVirtualService): string =>
    `${String(metadata['creationTimestamp'])} ${metadata.name} ${metadata.namespace}`
  return rank(one) === rank(two) ? age(one) < age(two) : rank(one) < rank(two)
}
