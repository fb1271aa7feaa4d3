// Why a target's copies cannot be limited: where Istio would not merge our DestinationRule with those of the target's host, or
// would use it instead of them, which would take their subsets from live requests. Fetches nothing.
import { annotationPath } from './annotations.ts'
import { ROOT_NAMESPACE, rulesInUse, type Lookup, type RuleReach } from './destination-rules.ts'
import { limitRuleName, type LimitOwner } from './limit-rule.ts'
import { limitedName } from './limited-subset.ts'
import type { ReadRule } from './mesh-objects.ts'
import { problem, quote, type Problem, type ProblemCode } from './problem.ts'

/** Of a DestinationRule, what decides whether ours can stand beside it. */
export interface LimitReach extends Pick<ReadRule, keyof RuleReach | 'owner' | 'limit'> {
  /** By their names. */
  readonly subsets: ReadonlyMap<string, unknown>
}

export interface HostRules<R extends LimitReach = LimitReach> {
  /** Those that Istio uses for the host and callers in the VirtualService's namespace, without ours. */
  readonly used: readonly R[]
  /** All that match the host, with ours. */
  readonly all: readonly R[]
  /** Namespaces of the host's Service, or of its ServiceEntries. */
  readonly services: readonly string[]
}

/** `rules`: all for the host. `lookup.client`: the VirtualService's namespace. */
export function hostRules<R extends LimitReach>(rules: readonly R[], lookup: Lookup): HostRules<R> {
  const theirs = rules.filter(({ owner }) => owner === undefined)
  return { used: rulesInUse(theirs, lookup), all: rules, services: lookup.services }
}

interface LimitedTarget {
  /** Full. */
  readonly host: string
  readonly subset?: string
  readonly limit: number
}

/*
 * Truth table, the first line that holds decides:
 *
 *   the host's DestinationRules ...                  | problem
 *   -------------------------------------------------|-----------------------------------------------------------------
 *   are none, or its Service is none, or no rule     | none: what is not there yet is warned of, and its copies go nowhere
 *   has the subset                                   |
 *   are for a pattern of hosts                       | limitPattern: one for the host would replace them
 *   are in another namespace                         | limitElsewhere: one here would replace them for callers here
 *   have a selector, or differ in exportTo           | limitUnmergeable: Istio merges only what reaches the same callers
 *   are for callers in other namespaces alone        | limitUnmergeable: one that those see, too, would replace them
 *   limit the target already, to another number      | limitDiffers: of two subsets with one name Istio drops the later one
 *   have ours' name                                  | limitNameTaken
 */
export function limitObstacle(target: LimitedTarget, owner: LimitOwner, rules: HostRules): Problem | undefined {
  const { host, subset } = target
  const found = apartFrom(target, owner, rules) ?? takenFrom(target, owner, rules)
  return found && problem(found.code, annotationPath('limit'), { target: subset ?? host, ...found.values })
}

interface Found {
  readonly code: ProblemCode
  readonly values: Readonly<Record<string, string>>
}

function apartFrom(
  { host, subset }: LimitedTarget,
  { namespace }: LimitOwner,
  { used, all, services }: HostRules
): Found | undefined {
  const [first] = used
  const home = first?.namespace ?? (subset === undefined ? services[0] : undefined)
  if (home === undefined) return undefined
  if (first && first.host !== host) return { code: 'limitPattern', values: { found: nameOf(first) } }
  if (home !== namespace) return { code: 'limitElsewhere', values: { found: quote(home) } }
  const apart = first ? whyApart(all, host, namespace) : whyHidden(all, namespace)
  return apart && { code: 'limitUnmergeable', values: apart }
}

/** Its names: that of the subset, and that of the object. */
function takenFrom(
  { host, subset, limit }: LimitedTarget,
  { namespace, name }: LimitOwner,
  { all }: HostRules
): Found | undefined {
  const beside = all.filter((rule) => rule.namespace === namespace && rule.host === host)
  const other = beside.find((rule) => rule.owner !== name && rule.subsets.has(limitedName(subset)))
  if (other && other.limit !== String(limit)) {
    const found = other.owner === undefined ? nameOf(other) : `VirtualService ${other.owner}`
    return { code: 'limitDiffers', values: { found, allowed: other.limit ?? 'a number of its own' } }
  }
  const ours = limitRuleName({ namespace, name }, host)
  // The API server has yet to generate the name of some.
  if (name !== '' && !isObjectName(ours)) return { code: 'limitNameInvalid', values: { found: quote(ours) } }
  const isTaken = beside.some((rule) => rule.name === ours && rule.limit === undefined)
  return isTaken ? { code: 'limitNameTaken', values: { found: quote(ours) } } : undefined
}

type Apart = {
  readonly found: string
  readonly why: string
}

/** The first that Istio would keep apart from the others. Those that are not in use differ in `exportTo`. */
function whyApart(all: HostRules['all'], host: string, namespace: string): Apart | undefined {
  const theirs = all.filter((rule) => rule.owner === undefined && rule.namespace === namespace && rule.host === host)
  for (const rule of theirs) {
    const found = nameOf(rule)
    if (rule.hasSelector) return { found, why: 'it has a workloadSelector' }
    if (reachOf(rule) !== reachOf(theirs[0]!)) return { found, why: `its exportTo is not that of ${theirs[0]!.name}` }
  }
  return undefined
}

function whyHidden(all: HostRules['all'], namespace: string): Apart | undefined {
  const isNear = (rule: LimitReach) => rule.namespace === namespace || rule.namespace === ROOT_NAMESPACE
  const hidden = all.find((rule) => rule.owner === undefined && isNear(rule))
  return hidden && { found: nameOf(hidden), why: 'it is not exported to this namespace' }
}

function reachOf({ exportTo }: RuleReach): string {
  return [...new Set(exportTo)].toSorted().join(',')
}

function nameOf({ namespace, name }: RuleReach): string {
  return `DestinationRule ${namespace}/${name}`
}

/** DNS-1123 subdomain. */
function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)
}
