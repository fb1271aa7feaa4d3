// Decides, for each rule, whether and how it is mirrored. Pure: reads a VirtualService without our mirrors (see strip.ts).
import { annotationPath, PREFIX, type Intent } from './annotations.ts'
import {
  fromDestination,
  isWritable,
  nameOf,
  sameDestination,
  type ConcreteTarget,
  type Target
} from './destination.ts'
import { formatFilter, isFiltering, narrow } from './filter.ts'
import { formatProblem, problem, quoted, type Problem } from './problem.ts'
import { httpRules, type Destination, type HttpMatch, type HttpRule, type VirtualService } from './virtual-service.ts'

/*
 * Truth table of one HTTP rule, the first line that holds decides:
 *
 *   the rule ...                                      | outcome
 *   --------------------------------------------------|---------------------------------
 *   delegates, redirects, answers, has no destination | skipped: delegate, redirect, ...
 *   is not among `routes`                             | skipped: routeNotAsked
 *   routes to none of `from`                          | skipped: fromNotAsked
 *   routes only to each target                        | skipped: onlyTarget
 *   has its own `mirror`                              | skipped: ownMirror
 *   cannot match what the filter asks                 | skipped: filterNeverMatches, filterNotMergeable
 *   has `mirrors`, or a percentage without a mirror   | mirrored, in `mirrors`
 *   else, one target                                  | mirrored, in `mirror`
 *   else, several                                     | mirrored, in `mirrors`
 *
 * While a `baseline` is asked for, the rule's own primary destination is one more target of each mirrored rule.
 *
 * And the whole intent is refused when a rule already mirrors to a target by itself (ours could not be told from it), when
 * a name in `routes` or `from` means nothing here, and when no rule at all would be mirrored.
 */

export interface Plan {
  /** One for each HTTP rule in order, then one for each tcp and tls rule. Empty when expired. */
  readonly rules: readonly RulePlan[]
  /** Any of these: nothing may be injected. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly expired: boolean
}

export type RulePlan = MirroredRule | SkippedRule

export interface MirroredRule {
  readonly outcome: 'mirrored'
  /** `spec.http[2]` */
  readonly path: string
  readonly name?: string
  readonly targets: readonly ConcreteTarget[]
  readonly field: 'mirror' | 'mirrors'
  /** Present: only these branches are mirrored, by a clone of the rule right before it. */
  readonly match?: readonly HttpMatch[]
}

export interface SkippedRule {
  readonly outcome: 'skipped'
  readonly path: string
  readonly name?: string
  readonly reason: Problem
}

/** `base` must carry none of our mirrors. */
export function plan(base: VirtualService, intent: Intent, now: Date): Plan {
  if (intent.until && intent.until <= now) {
    const found = intent.until.toISOString()
    return {
      rules: [],
      problems: [],
      warnings: [problem('expired', annotationPath('until'), { found })],
      expired: true
    }
  }
  const http = httpRules(base)
  const wanted = http.map((rule) => resolve(rule, intent))
  const planned = http.map((rule, index) => planRule(rule, `spec.http[${index}]`, intent, wanted[index]!, now))
  const rules = [...planned, ...otherRules(base)]
  const injected = targetsOf(rules)
  const problems = [
    ...unknownNames(http, intent),
    ...http.flatMap((rule, index) => conflicts(rule, `spec.http[${index}]`, [injected, wanted[index]!]))
  ]
  if (problems.length === 0 && !rules.some(({ outcome }) => outcome === 'mirrored')) {
    const reasons = rules.flatMap((rule) => (rule.outcome === 'skipped' ? [formatProblem(rule.reason)] : []))
    const text = reasons.length > 0 ? reasons.join('; ') : 'the VirtualService has no rules'
    problems.push(problem('nothingMirrored', annotationPath('to'), { reasons: text }))
  }
  return { rules, problems, warnings: warningsOf(rules, http, intent), expired: false }
}

/** The distinct targets of the mirrored rules, in order of first use. */
export function targetsOf(rules: readonly RulePlan[]): ConcreteTarget[] {
  const all = rules.flatMap((rule) => (rule.outcome === 'mirrored' ? rule.targets : []))
  return all.filter((target, index) => all.findIndex((one) => sameDestination(one, target)) === index)
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

function planRule(
  rule: HttpRule,
  path: string,
  intent: Intent,
  wanted: readonly ConcreteTarget[],
  now: Date
): RulePlan {
  const named = { path, ...(rule.name !== undefined && { name: rule.name }) }
  const skipped = (reason: Problem): SkippedRule => ({ outcome: 'skipped', ...named, reason })
  const obstacle = notRouting(rule, path) ?? notAsked(rule, path, intent)
  if (obstacle) return skipped(obstacle)
  const others = wanted.filter((target) => !routesOnlyTo(rule, target))
  if (others.length === 0) return skipped(problem('onlyTarget', path, { target: wanted.map(nameOf).join(', ') }))
  if (rule.mirror) return skipped(problem('ownMirror', path, { found: nameOf(fromDestination(rule.mirror)) }))
  const targets = intent.baseline && intent.baseline > now ? withBaseline(rule, others, intent) : others
  const field = targets.length > 1 || rule.mirrors?.length || hasStrayPercentage(rule) ? 'mirrors' : 'mirror'
  if (!isFiltering(intent)) return { outcome: 'mirrored', ...named, targets, field }
  const narrowed = narrow(rule.match, intent)
  const filter = formatFilter(intent)
  if ('match' in narrowed) return { outcome: 'mirrored', ...named, targets, field, match: narrowed.match }
  if ('neverMatches' in narrowed) return skipped(problem('filterNeverMatches', path, { filter }))
  return skipped(problem('filterNotMergeable', path, { found: narrowed.notMergeable, filter }))
}

/** Its own destination as often as the most frequent of the others; where it is one of them, nothing is added. */
function withBaseline(rule: HttpRule, targets: readonly ConcreteTarget[], { from }: Intent): readonly ConcreteTarget[] {
  const { host = '', ...rest } = fromDestination(primaryOf(rule, from) ?? {})
  const percent = Math.max(...targets.map((target) => target.percent))
  const baseline = { host, ...rest, percent }
  return targets.some((target) => sameDestination(target, baseline)) ? targets : [...targets, baseline]
}

function notRouting(rule: HttpRule, path: string): Problem | undefined {
  if (rule.delegate) return problem('delegate', path, { found: JSON.stringify(rule.delegate.name ?? '') })
  if (rule.redirect) return problem('redirect', path)
  if (rule.directResponse) return problem('directResponse', path)
  return primaryOf(rule) ? undefined : problem('noRoute', path)
}

function notAsked(rule: HttpRule, path: string, { routes, from }: Intent): Problem | undefined {
  if (routes.length > 0 && !routes.includes(rule.name ?? '')) {
    return problem('routeNotAsked', path, { allowed: quoted(routes) })
  }
  return primaryOf(rule, from) ? undefined : problem('fromNotAsked', path, { allowed: quoted(from) })
}

/** Fills in host, and with it the port, from the rule's primary destination. */
function resolve(rule: HttpRule, intent: Intent): ConcreteTarget[] {
  const { host = '', port } = fromDestination(primaryOf(rule, intent.from) ?? {})
  const targets = intent.targets.map((target) => (target.host ? target : { host, ...(port && { port }), ...target }))
  // `v2` and `httpbin/v2` may be one destination for this rule: one copy is asked for, not two.
  const concrete = targets as ConcreteTarget[] // each has a host now
  return concrete.filter((target, index) => concrete.findIndex((one) => sameDestination(one, target)) === index)
}

function routesOnlyTo(rule: HttpRule, target: Target): boolean {
  const receiving = (rule.route ?? []).filter(({ weight }) => rule.route?.length === 1 || weight !== 0)
  return receiving.every(({ destination }) => sameDestination(fromDestination(destination ?? {}), target))
}

function isFrom(destination: Destination | undefined, from: readonly string[]): boolean {
  return from.length === 0 || from.includes(destination?.subset ?? '')
}

const PERCENTAGES = ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const

function hasStrayPercentage(rule: HttpRule): boolean {
  return !rule.mirror && PERCENTAGES.some((field) => field in rule)
}

/**
 * What in a rule's own fields makes the intent impossible. Also in rules that are not asked for: strip.ts knows ours by
 * their destination alone, so a mirror of the user's to any of `targets` would be taken for ours.
 */
function conflicts(rule: HttpRule, path: string, targets: readonly (readonly Target[])[]): Problem[] {
  const problems = 'mirror' in rule || 'mirrors' in rule ? mirrorConflicts(rule, path, targets.flat()) : []
  if (rule.name?.startsWith(PREFIX)) {
    problems.push(problem('ruleNameReserved', `${path}.name`, { found: JSON.stringify(rule.name), prefix: PREFIX }))
  }
  return problems
}

function mirrorConflicts(rule: HttpRule, path: string, targets: readonly Target[]): Problem[] {
  const own = [rule.mirror, ...(rule.mirrors ?? []).map(({ destination }) => destination)]
  const repeated = own.flatMap((mirror) => {
    const target = fromDestination(mirror ?? {})
    return targets.some((one) => sameDestination(one, target)) ? [target] : []
  })
  const empty = (['mirror', 'mirrors'] as const).filter((name) => name in rule && !isFilled(rule[name]))
  return [
    ...repeated.map((target) => problem('alreadyMirrored', path, { target: nameOf(target) })),
    ...empty.map((name) => problem('mirrorEmpty', `${path}.${name}`))
  ]
}

function isFilled(mirror: unknown): boolean {
  return Array.isArray(mirror) ? mirror.length > 0 : mirror !== null && mirror !== undefined
}

function unknownNames(http: readonly HttpRule[], { routes, from }: Intent): Problem[] {
  if (routes.length === 0 && from.length === 0) return []
  const names = http.flatMap(({ name }) => name ?? [])
  const subsets = http.flatMap(({ route = [] }) => route.flatMap(({ destination }) => destination?.subset ?? []))
  return [
    ...routes
      .filter((name) => !names.includes(name))
      .map((name) =>
        problem('routeUnknown', annotationPath('routes'), { found: JSON.stringify(name), allowed: offer(names) })
      ),
    ...from
      .filter((subset) => !subsets.includes(subset))
      .map((name) =>
        problem('fromUnknown', annotationPath('from'), { found: JSON.stringify(name), allowed: offer(subsets) })
      )
  ]
}

function offer(names: readonly string[]): string {
  return names.length > 0 ? `use one of ${quoted(new Set(names))}` : 'none of them has one'
}

function otherRules(base: VirtualService): SkippedRule[] {
  return (['tcp', 'tls'] as const).flatMap((found) =>
    (base.spec?.[found] ?? []).map((_, index): SkippedRule => {
      const path = `spec.${found}[${index}]`
      return { outcome: 'skipped', path, reason: problem('notHttp', path, { found }) }
    })
  )
}

function warningsOf(rules: readonly RulePlan[], http: readonly HttpRule[], intent: Intent): Problem[] {
  const own = rules.flatMap((rule) =>
    rule.outcome === 'skipped' && rule.reason.code === 'ownMirror' ? [rule.reason] : []
  )
  const stray = http.flatMap((rule, index) =>
    hasStrayPercentage(rule) ? [problem('strayPercentage', `spec.http[${index}]`)] : []
  )
  const unqualified = intent.targets.flatMap(({ host }) =>
    host && /^[^.]+\.[^.]+$/.test(host)
      ? [
          problem('hostNotQualified', annotationPath('to'), {
            found: JSON.stringify(host),
            allowed: `${host}.svc.cluster.local`
          })
        ]
      : []
  )
  return [...own, ...stray, ...unqualified]
}
