// Which destinations of a VirtualService answer and which get copies, as its rules stand, by annotation or by hand. Pure.
import { limitedVersion } from '../../mirror/limited-subset.ts'
import { fromDestination, type ConcreteTarget } from '../../mirror/target.ts'
import { readRules } from '../../mirror/kind-of.ts'
import { mirrorPercentOf, type HttpRule, type VirtualService } from '../../mirror/virtual-service.ts'
import { sameHost } from '../../mirror/host.ts'

/**
 * Percentages: of a live destination its weight, of a mirror the share of requests that it copies; of several rules the
 * largest.
 */
export function destinationsOf(object: VirtualService): { live: ConcreteTarget[]; mirror: ConcreteTarget[] } {
  const rules = readRules(object)
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

/** Every mirror of a rule that copies anything, in any spelling. One that has a limit is a mirror to the version itself. */
export function mirrorsOf(rule: HttpRule): ConcreteTarget[] {
  const single = rule.mirror ? [{ ...fromDestination(rule.mirror), percent: mirrorPercentOf(rule) }] : []
  const listed = (rule.mirrors ?? []).map(({ destination, percentage }) => ({
    ...fromDestination(destination ?? {}),
    percent: percentage ? (percentage.value ?? 0) : 100
  }))
  const all = [...single, ...listed]
  return all.filter((target): target is ConcreteTarget => !!target.host && target.percent > 0).map(asAsked)
}

function asAsked({ subset, ...rest }: ConcreteTarget): ConcreteTarget {
  const version = limitedVersion(subset)
  return version ? { ...rest, ...version, limited: true } : { ...rest, ...(subset && { subset }) }
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
    else merged[known] = both(merged[known]!, target)
  }
  return merged
}

/** Only where each mirror of it has a limit, all copies to it have. */
function both({ limited, percent, ...one }: ConcreteTarget, other: ConcreteTarget): ConcreteTarget {
  return { ...one, percent: Math.max(percent, other.percent), ...(limited && other.limited && { limited }) }
}
