// Which DestinationRules Istio uses for a host and a caller. Follows PushContext.destinationRule and setDestinationRules
// (pilot/pkg/model/push_context.go). Pure; knows no subset.
import { hostMatches } from './host.ts'

/** Istio's own configuration namespace, unless the mesh was installed otherwise. */
export const ROOT_NAMESPACE = 'istio-system'

/** Of a DestinationRule, what decides who uses it. */
export interface RuleReach {
  readonly namespace: string
  readonly name: string
  /** Full (see host.ts), or a pattern such as `*.prod.svc.cluster.local`. */
  readonly host: string
  /** Empty: every namespace. */
  readonly exportTo: readonly string[]
  /** RFC 3339. */
  readonly created: string
  /** It is only for callers with certain labels, in its own namespace. */
  readonly hasSelector: boolean
}

export interface Lookup {
  /** Full. */
  readonly host: string
  /** Namespace of the caller's proxy. */
  readonly client: string
  /** Those of the Service, or of the ServiceEntries that name the host. */
  readonly services: readonly string[]
  readonly root?: string
}

/*
 * Truth table, the first line with a rule for the host decides, whatever subsets that rule has:
 *
 *   namespace of the rule        | counts if it is exported to
 *   -----------------------------|----------------------------------------------
 *   the caller's, not the root   | everyone, ".", or the caller's namespace
 *   the root, and the caller's   | its own namespace alone
 *   the Service's                | everyone, or the caller's namespace
 *   the root                     | everyone, or the caller's namespace
 *
 * In a namespace the most specific host wins; in the Service's and the root's, even if the caller may not see it. Rules for one host
 * with the same `exportTo` are one rule; of several such groups the last is used.
 */

/** Empty: the host has no subset for this caller. */
export function rulesInUse<R extends RuleReach>(rules: readonly R[], lookup: Lookup): readonly R[] {
  for (const { namespace, pick } of stepsOf(lookup)) {
    const found = pick(rules.filter((rule) => rule.namespace === namespace))
    if (found.length > 0) return found
  }
  return []
}

/** One line of the table. */
export interface Step {
  readonly namespace: string
  /** Of all rules of the namespace that match the host, or more. Empty: the next step decides. */
  readonly pick: <R extends RuleReach>(rules: readonly R[]) => readonly R[]
}

/** For callers that read a namespace only if the earlier ones decide nothing. */
export function stepsOf({ host, client, services, root = ROOT_NAMESPACE }: Lookup): readonly Step[] {
  const exportedBy = (namespace: string): Step => ({
    namespace,
    pick: (rules) => {
      const exported = rules.filter((rule) => !isPrivate(rule))
      return merged(mostSpecific(exported, host), (exportTo) => isEveryone(exportTo) || exportTo.has(client))
    }
  })
  const own: Step = {
    namespace: client,
    pick: (rules) => merged(mostSpecific(rules.filter(client === root ? isPrivate : isForOwn), host))
  }
  return [own, ...services.map(exportedBy), exportedBy(root)]
}

/** A rule with a selector applies only in its own namespace. */
function reachOf({ exportTo, hasSelector }: RuleReach): ReadonlySet<string> {
  return new Set(hasSelector ? ['.'] : exportTo)
}

function isEveryone(exportTo: ReadonlySet<string>): boolean {
  return exportTo.size === 0 || exportTo.has('*')
}

function isForOwn(rule: RuleReach): boolean {
  const exportTo = reachOf(rule)
  return isEveryone(exportTo) || exportTo.has('.') || exportTo.has(rule.namespace)
}

/** Exported only to its own namespace. */
function isPrivate(rule: RuleReach): boolean {
  const exportTo = reachOf(rule)
  return exportTo.size === 1 && (exportTo.has('.') || exportTo.has(rule.namespace))
}

/** The host itself, else the longest pattern. */
function mostSpecific<R extends RuleReach>(rules: readonly R[], host: string): readonly R[] {
  const matching = rules.filter((rule) => hostMatches(rule.host, host))
  const exact = matching.filter((rule) => rule.host === host)
  const longest = matching.reduce((most, rule) => Math.max(most, rule.host.length), 0)
  return exact.length > 0 ? exact : matching.filter((rule) => rule.host.length === longest)
}

/**
 * After mergeDestinationRule (pilot/pkg/model/destination_rule.go): by age, a rule joins the last group unless it reaches less
 * far, or begins a new one; the last group that the caller may see is used. The callers of a selector are unknown here, so rules with
 * one count too.
 */
function merged<R extends RuleReach>(
  rules: readonly R[],
  isSeen: (exportTo: ReadonlySet<string>) => boolean = () => true
): readonly R[] {
  const others = rules.filter(({ hasSelector }) => !hasSelector).toSorted(byAge)
  let last: ReadonlySet<string> | undefined
  let first = others.length
  others.forEach((rule, index) => {
    const exportTo = reachOf(rule)
    if (last && joins(exportTo, last)) return
    last = exportTo
    if (isSeen(exportTo)) first = index
  })
  const group = others.slice(first)
  const selective = rules.filter(({ hasSelector }) => hasSelector)
  return [...selective, ...group.filter((rule) => joins(reachOf(rule), reachOf(group[0]!)))]
}

function joins(exportTo: ReadonlySet<string>, group: ReadonlySet<string>): boolean {
  return group.size === 0 ? exportTo.size === 0 : [...group].every((one) => exportTo.has(one))
}

function byAge(a: RuleReach, b: RuleReach): number {
  return compare(a.created, b.created) || compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
