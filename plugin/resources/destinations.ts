// Which destinations of a VirtualService answer and which get copies, as its rules stand, by annotation or by hand. Pure.
import { fromDestination, type ConcreteTarget } from '../../mirror/target.ts'
import { httpRules, mirrorPercentOf, type HttpRule, type VirtualService } from '../../mirror/virtual-service.ts'
import { sameHost } from '../../mirror/host.ts'

/**
 * Percentages: of a live destination its weight, of a mirror the share of requests that it copies; of several rules the
 * largest.
 */
export function destinationsOf(object: VirtualService): { live: ConcreteTarget[]; mirror: ConcreteTarget[] } {
  const rules = httpRules(object)
  const mirroring = rules.filter((rule) => mirrorsOf(rule).length > 0)
  return {
    live: merge(object, (mirroring.length > 0 ? mirroring : rules).flatMap(routesOf)),
    mirror: merge(object, mirroring.flatMap(mirrorsOf))
  }
}

/** However the host of each is spelled. */
export function isSameTarget({ metadata }: VirtualService, one: ConcreteTarget, other: ConcreteTarget): boolean {
  const namespace = metadata.namespace ?? ''
  const samePlace = one.subset === other.subset && one.port === other.port
  return samePlace && sameHost(one.host, namespace, other.host, namespace)
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

function routesOf(rule: HttpRule): ConcreteTarget[] {
  const route = rule.route ?? []
  return route.flatMap(({ destination, weight }) => {
    const { host, ...rest } = fromDestination(destination ?? {})
    const percent = route.length === 1 ? 100 : (weight ?? 0)
    return host === undefined || percent === 0 ? [] : [{ host, ...rest, percent }]
  })
}

function merge(object: VirtualService, targets: readonly ConcreteTarget[]): ConcreteTarget[] {
  const merged: ConcreteTarget[] = []
  for (const target of targets) {
    const known = merged.findIndex((one) => isSameTarget(object, one, target))
    if (known === -1) merged.push(target)
    else merged[known] = { ...merged[known]!, percent: Math.max(merged[known]!.percent, target.percent) }
  }
  return merged
}
