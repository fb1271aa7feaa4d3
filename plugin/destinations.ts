// Which destinations of a VirtualService answer and which get copies, as its rules stand, whoever wrote them. Pure.
import { fromDestination, sameDestination, type ConcreteTarget } from '../mirror/destination.ts'
import { httpRules, mirrorPercentOf, type HttpRule, type VirtualService } from '../mirror/virtual-service.ts'

/** Percentages: of a live destination its weight, of a mirror the share of requests that it copies. */
export function destinationsOf(object: VirtualService): { live: ConcreteTarget[]; mirror: ConcreteTarget[] } {
  const rules = httpRules(object)
  const mirroring = rules.filter((rule) => mirrorsOf(rule).length > 0)
  return {
    live: distinct((mirroring.length > 0 ? mirroring : rules).flatMap(routesOf)),
    mirror: distinct(mirroring.flatMap(mirrorsOf))
  }
}

/** Every mirror of a rule that copies anything, in any spelling. */
export function mirrorsOf(rule: HttpRule): ConcreteTarget[] {
  const single = rule.mirror ? [{ ...fromDestination(rule.mirror), percent: mirrorPercentOf(rule) }] : []
  const listed = (rule.mirrors ?? []).map(({ destination, percentage }) => ({
    ...fromDestination(destination ?? {}),
    percent: percentage ? (percentage.value ?? 0) : 100
  }))
  return [...single, ...listed].filter((target): target is ConcreteTarget => !!target.host && target.percent > 0)
}

function routesOf({ route = [] }: HttpRule): ConcreteTarget[] {
  return route.flatMap(({ destination, weight }) => {
    const { host, ...rest } = fromDestination(destination ?? {})
    const percent = route.length === 1 ? 100 : (weight ?? 0)
    return host === undefined || percent === 0 ? [] : [{ host, ...rest, percent }]
  })
}

function distinct(targets: readonly ConcreteTarget[]): ConcreteTarget[] {
  return targets.filter((target, index) => targets.findIndex((one) => sameDestination(one, target)) === index)
}
