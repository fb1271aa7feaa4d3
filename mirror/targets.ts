// Which targets a rule gets: hosts and ports filled in from where the rule itself sends its requests. Knows no plan.
import type { Intent } from './annotations.ts'
import { fromDestination, isWritable, sameDestination, type ConcreteTarget, type Target } from './destination.ts'
import type { Destination, HttpRule } from './virtual-service.ts'

/** Fills in host, and with it the port, from the rule's primary destination. */
export function resolve(rule: HttpRule, intent: Intent): ConcreteTarget[] {
  const { host = '', port } = fromDestination(primaryOf(rule, intent.from) ?? {})
  const targets = intent.targets.map((target) => (target.host ? target : { host, ...(port && { port }), ...target }))
  // `v2` and `httpbin/v2` may be one destination for this rule: one copy is asked for, not two.
  const concrete = targets as ConcreteTarget[] // each has a host now
  return concrete.filter((target, index) => concrete.findIndex((one) => sameDestination(one, target)) === index)
}

/**
 * Where a rule sends most of its requests: among `from` if given, the heaviest, the first of equals. A host that our
 * record of the injected targets could not hold does not count; Istio's validator lets none pass.
 */
export function primaryOf(rule: HttpRule, from: readonly string[] = []): Destination | undefined {
  const routes = (rule.route ?? []).filter(
    ({ destination }) => isFrom(destination, from) && isWritable(destination?.host ?? '')
  )
  const heaviest = routes.reduce((best, one) => ((one.weight ?? 0) > (best.weight ?? 0) ? one : best), routes[0] ?? {})
  return heaviest.destination
}

/** Its own destination as often as the most frequent of the others; where it is one of them, nothing is added. */
export function withBaseline(
  rule: HttpRule,
  targets: readonly ConcreteTarget[],
  { from }: Intent
): readonly ConcreteTarget[] {
  const { host = '', ...rest } = fromDestination(primaryOf(rule, from) ?? {})
  const percent = Math.max(...targets.map((target) => target.percent))
  const baseline = { host, ...rest, percent }
  return targets.some((target) => sameDestination(target, baseline)) ? targets : [...targets, baseline]
}

/** A target that names no port means each of the host's. */
export function routesOnlyTo(rule: HttpRule, target: Target): boolean {
  const receiving = (rule.route ?? []).filter(({ weight }) => rule.route?.length === 1 || weight !== 0)
  return receiving.every(({ destination }) => {
    const { port, ...one } = fromDestination(destination ?? {})
    return sameDestination({ ...one, ...(port && target.port && { port }) }, target)
  })
}

function isFrom(destination: Destination | undefined, from: readonly string[]): boolean {
  return from.length === 0 || from.includes(destination?.subset ?? '')
}
