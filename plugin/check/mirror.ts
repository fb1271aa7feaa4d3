// Checks every link from a VirtualService's annotations to the copy's destination, without sending a request. Names each way
// in which Istio loses copies silently.
import type { ConcreteTarget } from '../../mirror/target.ts'
import { edit } from '../../mirror/edit.ts'
import { describeHazard, type Hazard } from '../../mirror/hazards.ts'
import { LIMITING } from '../../mirror/limits.ts'
import { formatProblem } from '../../mirror/problem.ts'
import { kindOf, readRules } from '../../mirror/kind-of.ts'
import type { Cluster } from '../client/client.ts'
import type { Io } from '../io/io.ts'
import { StatusReader } from '../status/status-reader.ts'
import type { MirrorStatus } from '../status/mirror-status.ts'
import { sidecarOf } from '../resources/pods.ts'
import { isUnread } from '../../mirror/check-targets.ts'
import { readable } from '../resources/look-up.ts'
import { ServiceDirectory } from '../resources/services.ts'
import type { StateCode } from '../status/state.ts'
import { describeLimit, labelOf } from '../status/summary.ts'
import type { Kind } from '../resources/route-kinds.ts'
import { isRoute, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, hazardsIn, spareSubset, type Version } from '../resources/versions.ts'
import { checkCallers } from './callers.ts'
import { checkVersion } from './destination.ts'
import { link, tryLink, type Link, type Outcome } from './link.ts'
import { checkAmbient } from './namespace.ts'
import { checkParents } from './parents.ts'
import { checkRuleByHand, checkRules } from './rules.ts'

export async function checkMirror(cluster: Cluster, object: StoredVirtualService, io: Io): Promise<Link[]> {
  const { namespace } = object.metadata
  const directory = new ServiceDirectory(cluster)
  const reader = new StatusReader(cluster, io, namespace)
  const status = await reader.status(object)
  if (status === undefined) {
    const remedy = await howToEnable(cluster, object, directory)
    return [link('failed', 'annotation', `this ${kindOf(object).name} is not mirrored`, remedy)]
  }
  const edited = edit(object, io.now())
  const versions = await findVersions(cluster, object, directory)
  const isByHand = status.state.code === 'ByHand'
  const delegate = await reader.delegate(object)
  const links = await Promise.all([
    isRoute(object)
      ? checkParents(object)
      : tryLink('hosts', async () => checkCallers(object, delegate, await reader.seen(namespace))),
    tryLink('sidecar injection', () => checkAmbient(cluster, namespace)),
    ...versions.map((version) =>
      tryLink(`${version.role} ${version.label}`, () => checkVersion(cluster, version, { object, directory }))
    )
  ])
  const warnings = edited.warnings.map((warning) => link('warning', 'annotation', formatProblem(warning)))
  const rules = isByHand
    ? readRules(object).flatMap((rule, index) =>
        checkRuleByHand(rule, `spec.${kindOf(object).rulesAt}[${index}]`, delegate?.obstacles)
      )
    : checkRules(object, edited, delegate?.obstacles)
  const hazards = hazardsIn(object, versions).map(checkHazard)
  const limits = await describeLimits(versions, directory)
  return [checkState(status), ...warnings, ...rules, ...links.flat(), ...hazards, limits]
}

async function howToEnable(
  { command }: Cluster,
  object: StoredVirtualService,
  directory: ServiceDirectory
): Promise<string> {
  const { name, namespace } = object.metadata
  if (isRoute(object)) return command(`mirror enable httproute/${name} --to SERVICE -n ${namespace}`)
  const subset = await readable(spareSubset(object, directory))
  return subset === undefined || isUnread(subset)
    ? 'define a subset for the version that is to get copies in a DestinationRule; see kubectl mirror enable --help'
    : command(`mirror enable ${name} --to ${subset} -n ${namespace}`)
}

function checkHazard(hazard: Hazard<ConcreteTarget>): Link {
  const { target, kind, unlimited, anyBody } = hazard
  const { host, subset } = target
  const where = `DestinationRule of ${host}${subset === undefined ? '' : `, subset ${subset}`}`
  const { lead, copies, bodies } = BOUNDS[kind.name]
  const bounds = [...(unlimited === undefined ? [] : [copies]), ...(anyBody === undefined ? [] : [bodies])]
  const itself = unlimited === undefined ? '' : `; or limit it itself, in the ${where}: ${LIMITING}`
  const remedy = `${lead}${bounds.join(' and ')}${itself}`
  return link('warning', `mirror ${labelOf(target)}`, formatProblem(describeHazard(hazard)), remedy)
}

/** What to do about copies without a limit, and about bodies of any size. */
const BOUNDS: Readonly<Record<Kind, Readonly<Record<'lead' | 'copies' | 'bodies', string>>>> = {
  VirtualService: { lead: 'enable it with ', copies: '--limit 64', bodies: '--max-body 1Mi' },
  HTTPRoute: {
    lead: '',
    copies: 'add timeouts: {request: 10s} to its rules',
    bodies: 'give requests with method: GET a rule of their own, and mirror only that (--route NAME)'
  }
}

/**
 * What callers send, and with which sidecars, cannot be seen in the cluster; those of the versions are a hint. Envoy streams
 * copies since 1.33 (`envoy.reloadable_features.streaming_shadow`, a guard that 1.36 removed), so Istio since 1.25.
 */
async function describeLimits(versions: readonly Version[], directory: ServiceDirectory): Promise<Link> {
  const pods = await Promise.all(versions.map((version) => readable(directory.pods(version))))
  const found = pods.flatMap((all) => (isUnread(all) ? [] : all)).flatMap((pod) => sidecarOf(pod)?.image ?? [])
  const tags = [...new Set(found.map((image) => /:([^:/@]+)(?:@|$)/.exec(image)?.[1] ?? image))].toSorted()
  const bodies = 'callers with Istio 1.25 or later copy bodies of any size as they come, older ones none over 1 MiB'
  const here = tags.length > 0 ? ` (the sidecars here are ${tags.join(', ')})` : ''
  return link('unknown', 'limits', `websockets and other upgrades are not copied; ${bodies}${here}`)
}

/** What each state means for copies. */
const OUTCOMES: Readonly<Record<StateCode, Outcome>> = {
  Active: 'ok',
  ByHand: 'ok',
  LeftOver: 'failed',
  Invalid: 'failed',
  ExpiredCopying: 'failed',
  Expired: 'warning',
  Owned: 'warning',
  NotInjected: 'failed',
  BaselineCopying: 'failed',
  Drifted: 'failed',
  NoRoot: 'failed',
  RootConflict: 'failed',
  TargetMissing: 'failed',
  TargetNotReady: 'failed',
  Forbidden: 'warning',
  Unknown: 'unknown',
  Ended: 'warning'
}

/** The rows below explain these. */
const SAID_BELOW: ReadonlySet<StateCode> = new Set([
  'NoRoot',
  'RootConflict',
  'TargetMissing',
  'TargetNotReady',
  'Unknown'
])

function checkState({ state: { code, message, remedy }, from, to, filter, limit, baseline }: MirrorStatus): Link {
  // An active mirror with a message needs attention.
  const outcome = code === 'Active' && message !== undefined ? 'warning' : OUTCOMES[code]
  const flow = [from.join(', '), to.join(', ')].filter((part) => part !== '').join(' -> ')
  const details = [
    ...(flow === '' ? [] : [flow]),
    ...(filter === undefined ? [] : [`only ${filter}`]),
    ...(limit === undefined ? [] : [describeLimit(limit)]),
    ...(baseline ? [`a run also copies to ${baseline.to.join(', ')} until ${baseline.until}, as its baseline`] : [])
  ]
  const why = outcome === 'ok' || SAID_BELOW.has(code) ? [] : (message ?? [])
  const said = [...(details.length > 0 ? [details.join(', ')] : []), ...[why].flat()].join('; ')
  return { ...link(outcome, 'annotation', said === '' ? code : `${code}: ${said}`, remedy), code }
}
