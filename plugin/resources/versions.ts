// From a VirtualService to the pods behind it: which versions answer, which get copies, how to select their pods.
import { isDeepStrictEqual } from 'node:util'
import { nameOf, type ConcreteTarget } from '../../mirror/target.ts'
import { checkTargets, isUnread } from '../../mirror/check-targets.ts'
import { hazardsOf, type Hazard } from '../../mirror/hazards.ts'
import { placeOf, resolveHost } from '../../mirror/host.ts'
import { problem as problemOf, type Problem } from '../../mirror/problem.ts'
import type { Cluster } from '../client/client.ts'
import { destinationsOf, isSameTarget } from './destinations.ts'
import { lookUp, type Subsets } from './look-up.ts'
import { ServiceDirectory, type Service } from './services.ts'
import type { StoredVirtualService } from './virtual-services.ts'

/** One destination of a VirtualService, and how to find its pods. */
export interface Version {
  readonly role: 'live' | 'mirror'
  /** What people call it: the subset, or the host where there is none; both, and the port, where that is not clear. */
  readonly label: string
  /** `percent`: of a live version its weight, of a mirror the share of requests that is copied. */
  readonly destination: ConcreteTarget
  readonly service?: Service
  /** Labels of the Service's selector and the subset together; absent where `problem` says why there can be no pods. */
  readonly selector?: Readonly<Record<string, string>>
  /** Where the pods are. */
  readonly namespace: string
  readonly problem?: Problem
  /** Whether callers' open requests to it have a limit; absent where that is not known. */
  readonly limited?: boolean
  /** All that is to be said of the destination, `problem` included. */
  readonly findings: readonly Problem[]
}

/**
 * The live versions, then the mirrored ones. Where some rules mirror, only those count. A version that both answers and
 * gets copies is in the list twice.
 */
export async function findVersions(
  cluster: Cluster,
  object: StoredVirtualService,
  directory = new ServiceDirectory(cluster)
): Promise<Version[]> {
  const { live, mirror } = destinationsOf(object)
  const { namespace } = object.metadata
  const resolve = (role: Version['role']) => (destination: ConcreteTarget) =>
    findVersion(directory, namespace, role, destination)
  const versions = await Promise.all([...live.map(resolve('live')), ...mirror.map(resolve('mirror'))])
  return versions.map((version) => {
    const { label, destination } = version
    const isClear = versions.every((one) => one.label !== label || isSameTarget(object, one.destination, destination))
    return isClear ? version : { ...version, label: nameOf(destination) }
  })
}

/** How targets that hang would hurt live requests, by the rules as they stand. */
export function hazardsIn(object: StoredVirtualService, versions: readonly Version[]): Hazard<ConcreteTarget>[] {
  const targets = versions.filter(({ role, problem }) => role === 'mirror' && !problem)
  const limited = new Map(targets.map((version) => [version.destination, version.limited]))
  return hazardsOf(object, [...limited.keys()], placeOf(object), (target) => limited.get(target))
}

async function findVersion(
  directory: ServiceDirectory,
  from: string,
  role: Version['role'],
  destination: ConcreteTarget
): Promise<Version> {
  const { host, subset } = destination
  const name = resolveHost(host, from)
  const { service, ports, subsets, limited, isLimitMissing } = await lookUp(directory, destination, from)
  const known = { ports: () => ports, subsets: () => (isUnread(subsets) ? subsets : [...subsets.keys()]) }
  const path = `destination ${nameOf(destination)}`
  const loss = role === 'live' ? 'its requests fail' : 'copies go nowhere'
  const unmet = checkTargets([destination], from, known, loss).map((finding) => ({ ...finding, path }))
  const isTargetThere = unmet.every(({ code }) => code === 'portAmbiguous')
  const findings =
    isTargetThere && isLimitMissing
      ? [...unmet, problemOf('limitMissing', path, { target: nameOf(destination) })]
      : unmet
  // With several ports and none named Istio may yet find one.
  const problem = findings.find(({ code }) => code !== 'portAmbiguous')
  const selector = service && selectorOf(service, subset, subsets)
  return {
    role,
    label: subset ?? nameOf({ host }),
    destination,
    namespace: name?.namespace ?? from,
    findings,
    ...(limited !== undefined && { limited }),
    ...(service && { service }),
    ...(selector && { selector }),
    ...(problem && { problem })
  }
}

/** Undefined: nothing tells which pods are meant. */
function selectorOf(
  { selector }: Service,
  subset: string | undefined,
  subsets: Subsets
): Readonly<Record<string, string>> | undefined {
  if (Object.keys(selector).length === 0) return undefined
  if (subset === undefined) return selector
  const labels = isUnread(subsets) ? undefined : subsets.get(subset)
  return labels && { ...selector, ...labels }
}

/** The first subset of a live host that no rule routes to: what a mirror may go to. Throws MissingRight. */
export async function spareSubset(
  object: StoredVirtualService,
  directory: ServiceDirectory
): Promise<string | undefined> {
  const { live } = destinationsOf(object)
  const { namespace } = object.metadata
  for (const host of new Set(live.map((one) => one.host))) {
    const service = resolveHost(host, namespace)
    const subsets = await directory.subsets(host, namespace, service ? [service.namespace] : [])
    const spare = [...subsets.keys()].find((name) => !live.some(({ subset }) => subset === name))
    if (spare !== undefined) return spare
  }
  return undefined
}

/** The same pods answer for both. */
export function haveSamePods(one: Version, other: Version): boolean {
  return one.namespace === other.namespace && isDeepStrictEqual(one.selector, other.selector)
}
