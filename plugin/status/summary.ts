// Describes what a VirtualService mirrors, in one line or one per rule. Pure.
import type { Intent } from '../../mirror/annotations.ts'
import { fromDestination, nameOf, sameDestination, type ConcreteTarget } from '../../mirror/target.ts'
import type { Edit } from '../../mirror/edit.ts'
import { formatFilter, isFiltering } from '../../mirror/filter.ts'
import type { RulePlan } from '../../mirror/rule-plan.ts'
import { primaryOf } from '../../mirror/resolve-targets.ts'
import { readRules } from '../../mirror/kind-of.ts'
import { receivingRoutes, type HttpRule } from '../../mirror/virtual-service.ts'
import { formatAge, plural } from '../io/format.ts'

/**
 * The first line goes behind the object's name: `(v1 -> v2, 100%)`. Where rules differ, one line for each follows.
 * `lasts`: the duration as the user typed it.
 */
export function summarise({ base, plan, intent }: Edit, now: Date, lasts?: string): string[] {
  if (!plan || !intent) return ['']
  const conditions = describeConditions(intent, now, lasts)
  const said = plan.rules.map((rule, index) => describeRule(rule, readRules(base)[index]))
  const mirrored = plan.rules.filter(({ outcome }) => outcome === 'mirrored').length
  if (mirrored === said.length && new Set(said).size === 1) return [bracketed([said[0]!, ...conditions])]
  const lines = said.map((text, index) => `  ${nameRule(plan.rules[index]!)}: ${text}`)
  return [bracketed([`${mirrored} of ${plural(said.length, 'rule')}`, ...conditions]), ...lines]
}

/** `v1 -> v2, 100%` */
export function describeRule(planned: RulePlan, rule: HttpRule | undefined): string {
  if (planned.outcome === 'skipped') return `not mirrored: ${planned.reason.message}`
  const own = rule && primaryOf(rule)?.host
  const name = (target: ConcreteTarget) => (target.host === own ? labelOf(target) : nameOf(target))
  return `${sources(rule)} -> ${planned.targets.map((target) => `${name(target)}, ${target.percent}%`).join(' and ')}`
}

/** The subset; the host where there is none. */
export function labelOf({ subset, host, port }: ConcreteTarget | ReturnType<typeof fromDestination>): string {
  return subset ?? nameOf({ ...(host && { host }), ...(port && { port }) })
}

/** The live versions of a rule: `v1`, `v1+v2`. */
export function sources(rule: HttpRule | undefined): string {
  const destinations = receivingRoutes(rule ?? {}).map(({ destination }) => fromDestination(destination ?? {}))
  const distinct = destinations.filter((one, at) => destinations.findIndex((two) => sameDestination(one, two)) === at)
  return distinct.map(labelOf).join('+')
}

/** `unknown`: the policy's number. */
export function describeLimit(limit: number | 'unknown'): string {
  return limit === 'unknown' ? "with the policy's limit" : `at most ${limit} open`
}

function describeConditions(intent: Intent, now: Date, lasts?: string): string[] {
  const { until } = intent
  return [
    ...(isFiltering(intent) ? [`only ${formatFilter(intent)}`] : []),
    ...(intent.limit === undefined ? [] : [describeLimit(intent.limit)]),
    ...(until ? [`for ${lasts ?? formatAge(Math.ceil((until.getTime() - now.getTime()) / 1000) * 1000)}`] : [])
  ]
}

function bracketed(parts: readonly string[]): string {
  return `(${parts.join(', ')})`
}

function nameRule({ path, name }: RulePlan): string {
  return name === undefined ? path : `${path} ${JSON.stringify(name)}`
}
