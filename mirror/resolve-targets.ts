// Which targets a rule gets: hosts and ports filled in from where the rule itself sends its requests. Knows no plan.
import type { Intent } from './annotations.ts'
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

/** A rule's targets. Rules with one primary host and port have one list: mostly that is all of them. */
export type Resolve = (rule: HttpRule) => readonly ConcreteTarget[]

export function createResolve(intent: Intent, place: Place): Resolve {
  const known = new Map<string, readonly ConcreteTarget[]>()
  return (rule) => {
    const { host, port } = primaryOf(rule, intent.from) ?? {}
    const key = `${host ?? ''}:${port?.number ?? ''}`
    const targets = known.get(key) ?? resolve(host ?? '', port?.number, intent, place)
    known.set(key, targets)
    return targets
  }
}

/** Fills in host, and with it the port. */
function resolve(host: string, port: number | null | undefined, intent: Intent, place: Place): ConcreteTarget[] {
  const targets = intent.targets.map((target) => (target.host ? target : { host, ...(port && { port }), ...target }))
  // `v2` and `httpbin/v2` may be one destination for this rule: one copy is asked for, not two.
  const concrete = targets as ConcreteTarget[] // each has a host now
  return concrete.filter((target, index) => concrete.findIndex((one) => sameDestination(one, target, place)) === index)
}

/**
 * Where a rule sends most of its requests: among `from` if given, the heaviest, the first of equals. A host that our
 * record of the injected targets could not hold does not count; Istio's validator lets none pass.
 */
export function primaryOf(rule: HttpRule, from: readonly string[] = []): Destination | undefined {
  let heaviest: NonNullable<HttpRule['route']>[number] | undefined
  for (const route of rule.route ?? []) {
    if (heaviest && (route.weight ?? 0) <= (heaviest.weight ?? 0)) continue
    if (isFrom(route.destination, from) && isWritable(route.destination?.host ?? '')) heaviest = route
  }
  return heaviest?.destination ?? undefined
}

/** Its own destination as often as the most frequent of the others; where it is one of them, nothing is added. */
export function withBaseline(
  rule: HttpRule,
  targets: readonly ConcreteTarget[],
  { from }: Intent,
  place: Place
): readonly ConcreteTarget[] {
  const { host = '', ...rest } = fromDestination(primaryOf(rule, from) ?? {})
  const percent = Math.max(...targets.map((target) => target.percent))
  const baseline = { host, ...rest, percent }
  return targets.some((target) => sameDestination(target, baseline, place)) ? targets : [...targets, baseline]
}

/** Without those to which the rule sends every request anyway; the very list where there are none. */
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

function isFrom(destination: Destination | null | undefined, from: readonly string[]): boolean {
  return from.length === 0 || from.includes(destination?.subset ?? '')
}
