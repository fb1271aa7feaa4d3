// Which targets a rule gets: hosts and ports filled in from where the rule itself sends its requests. Knows no plan.
import type { Intent } from './annotations.ts'
import type { RouteKind } from './route-kind.ts'
import {
  fromDestination,
  isVersionOf,
  isWritable,
  sameDestination,
  type ConcreteTarget,
  type Target
} from './target.ts'
import type { Place } from './host.ts'
import { receivingRoutes, type Destination, type HttpRule } from './virtual-service.ts'

/** Whether `from` names a destination; without names it means each. */
export type IsFrom = (destination: Destination) => boolean

export function fromOf({ from }: Intent, kind: RouteKind, place: Place): IsFrom {
  return (destination) => from.length === 0 || from.includes(kind.versionOf(destination, place) ?? '')
}

/** A rule's targets. Rules with the same primary host and port share one list. */
export type Resolve = (rule: HttpRule) => readonly ConcreteTarget[]

export function createResolve(intent: Intent, kind: RouteKind, place: Place): Resolve {
  const known = new Map<string, readonly ConcreteTarget[]>()
  const isFrom = fromOf(intent, kind, place)
  return (rule) => {
    const primary = primaryOf(rule, isFrom) ?? {}
    const key = `${primary.host ?? ''}:${primary.port?.number ?? ''}`
    const targets = known.get(key) ?? resolve(primary, intent, kind, place)
    known.set(key, targets)
    return targets
  }
}

function resolve(primary: Destination, intent: Intent, kind: RouteKind, place: Place): ConcreteTarget[] {
  const limit = intent.limit && ({ limited: true } as const)
  const targets = intent.targets.map((target) => ({ ...kind.complete(target, primary), ...limit }))
  // `v2` and `httpbin/v2` may be one destination for this rule: it gets one copy, not two.
  const concrete = targets as ConcreteTarget[] // each has a host now
  return concrete.filter((target, index) => concrete.findIndex((one) => sameDestination(one, target, place)) === index)
}

/**
 * Where a rule sends most of its requests: of those that `from` names, the heaviest, the first of equals. A host that our
 * record of the injected targets could not hold does not count; Istio's validator lets none pass.
 */
export function primaryOf(rule: HttpRule, isFrom: IsFrom = () => true): Destination | undefined {
  let heaviest: NonNullable<HttpRule['route']>[number] | undefined
  for (const route of rule.route ?? []) {
    if (heaviest && (route.weight ?? 0) <= (heaviest.weight ?? 0)) continue
    if (isFrom(route.destination ?? {}) && isWritable(route.destination?.host ?? '')) heaviest = route
  }
  return heaviest?.destination ?? undefined
}

/**
 * Adds the rule's own destination, with the highest percentage of the others, unless it is one of them. It has no limit: where the
 * live request goes, another one does no more harm than that.
 */
export function withBaseline(
  rule: HttpRule,
  targets: readonly ConcreteTarget[],
  isFrom: IsFrom,
  place: Place
): readonly ConcreteTarget[] {
  const { host = '', ...rest } = fromDestination(primaryOf(rule, isFrom) ?? {})
  const percent = Math.max(...targets.map((target) => target.percent))
  const baseline = { host, ...rest, percent }
  return targets.some((target) => sameDestination(target, baseline, place)) ? targets : [...targets, baseline]
}

/** Without targets to which the rule already sends every request; the list itself if there are none. */
export function withoutOwn(
  rule: HttpRule,
  targets: readonly ConcreteTarget[],
  place: Place
): readonly ConcreteTarget[] {
  const others = targets.filter((target) => !routesOnlyTo(rule, target, place))
  return others.length === targets.length ? targets : others
}

/** A target that names no port means each of the host's. */
function routesOnlyTo(rule: HttpRule, target: Target, place: Place): boolean {
  return receivingRoutes(rule).every(({ destination }) => {
    const samePort = target.port === undefined || destination?.port?.number === target.port
    return samePort && isVersionOf(destination ?? {}, target, place)
  })
}
