// What `compare NAME` compares: the live versions, the one that gets copies, and what the rules promise.
import { readLimit } from '../../mirror/annotations.ts'
import { formatProblem } from '../../mirror/problem.ts'
import type { Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import { formatSelector } from '../resources/pods.ts'
import { placeOf, sameHost } from '../../mirror/host.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { asServed } from '../resources/served.ts'
import { ServiceDirectory } from '../resources/services.ts'
import { findVirtualService, isRoute, typedName, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, haveSamePods, spareSubset, type Version } from '../resources/versions.ts'
import { expectationOf, type Expectation } from './pairing/expectation.ts'
import type { Subject } from './statistics/summary.ts'

export interface Comparison {
  readonly subject: Omit<Subject, 'source'>
  readonly versions: readonly Version[]
  readonly expectation: Expectation
  readonly object: StoredVirtualService
}

/** `to`: which mirror, where there are several. */
export async function findComparison(cluster: Cluster, name: string, to: string | undefined): Promise<Comparison> {
  const object = await findVirtualService(cluster, name)
  const versions = await findVersions(cluster, object)
  const mirror = await chooseMirror(cluster, object, versions, to)
  const live = versions.filter(({ role }) => role === 'live')
  const compared = [...live, mirror]
  const problems = compared.flatMap(({ problem, label, selector }) => {
    if (problem) return [formatProblem(problem)]
    return selector ? [] : [`${label}: its Service selects no pods`]
  })
  const overlaps = live.filter((one) => !haveSamePods(one, mirror) && (includes(one, mirror) || includes(mirror, one)))
  problems.push(...overlaps.map((one) => describeOverlap(one, mirror)))
  if (problems.length > 0) throw new UserError(problems)
  const { name: found, namespace, annotations } = object.metadata
  const limit = readLimit(annotations ?? {})
  const { limited } = mirror.destination
  return {
    subject: {
      name: found,
      namespace,
      context: cluster.contextName,
      live: live.filter((one) => !haveSamePods(one, mirror)).map(({ label }) => label),
      mirror: mirror.label,
      percent: mirror.destination.percent,
      mirrorServesLive: live.some((one) => haveSamePods(one, mirror)),
      ...(limited && { limit: typeof limit === 'number' ? limit : 'unknown' })
    },
    versions: compared,
    expectation: expectationOf(asServed(object), mirror.destination),
    object
  }
}

async function chooseMirror(
  cluster: Cluster,
  object: StoredVirtualService,
  versions: readonly Version[],
  to: string | undefined
): Promise<Version> {
  const { name, namespace } = object.metadata
  const all = versions.filter(({ role }) => role === 'mirror')
  // A mirror to a live version is a baseline, if there is another mirror.
  const foreign = all.filter((one) => !versions.some((live) => live.role === 'live' && haveSamePods(live, one)))
  const mirrors = foreign.length > 0 ? foreign : all
  const labels = mirrors.map(({ label }) => label).join(', ')
  if (mirrors.length === 0) {
    const target = isRoute(object) ? 'SERVICE' : await spareSubset(object, new ServiceDirectory(cluster))
    const typed = isRoute(object) ? typedName(object) : name
    const remedy = target
      ? `${cluster.command(`mirror enable ${typed} --to ${target} -n ${namespace}`)} starts it`
      : 'there is no other subset to mirror to; kubectl mirror enable --help shows other targets'
    throw new UserError(`${name} mirrors nothing now; ${remedy}`)
  }
  const named = to === undefined ? mirrors : findNamed(mirrors, to, object)
  const [only, ...others] = named
  if (only && others.length === 0) return only
  throw new UserError(
    only
      ? `${name} is mirrored to ${named.map(({ label }) => label).join(', ')}; choose one, for example --to ${only.label}`
      : `${name} has no mirror ${JSON.stringify(to)}; use one of ${labels}`
  )
}

/** By its label, else by the grammar of targets: `v2`, `shadow/v2`, `shadow.prod.svc.cluster.local:8000/v2`, `shadow/`. */
function findNamed(mirrors: readonly Version[], to: string, object: StoredVirtualService): Version[] {
  const { namespace } = object.metadata
  const labelled = mirrors.filter(({ label }) => label === to)
  if (labelled.length > 0) return labelled
  const target = kindOf(object).parseTarget(to, '--to', placeOf(object))
  if (Array.isArray(target)) return []
  // Omitted parts match anything.
  const { host, port, subset } = target
  return mirrors.filter(
    ({ destination: one }) =>
      one.subset === subset &&
      (port === undefined || one.port === port) &&
      (host === undefined || sameHost(host, namespace, one.host, namespace))
  )
}

/** Every pod of `other` is also a pod of `one`. */
function includes({ namespace, selector }: Version, other: Version): boolean {
  if (!selector || namespace !== other.namespace) return false
  return Object.entries(selector).every(([key, value]) => other.selector?.[key] === value)
}

function describeOverlap(live: Version, mirror: Version): string {
  const of = ({ label, selector = {} }: Version): string => `${label} (${formatSelector(selector)})`
  return (
    `${of(mirror)} and the live ${of(live)} share pods, so copies and live requests cannot be told apart: use different ` +
    'subsets or hosts in the route and in the mirror'
  )
}
