// Decides, for each rule, whether and how it is mirrored. Pure: reads a VirtualService without our mirrors (see strip.ts).
import { annotationPath, type Intent } from './annotations.ts'
import { conflicts, unknownNames } from './conflicts.ts'
import { isDelegate } from './delegation.ts'
import { fromDestination, nameOf, sameDestination, type ConcreteTarget, type Target } from './destination.ts'
import { formatFilter, isFiltering, narrow, takenBy, type Surroundings } from './filter.ts'
import { CLUSTER_DOMAIN } from './host.ts'
import { formatProblem, problem, quoted, type Problem } from './problem.ts'
import { primaryOf, resolveAll, withBaseline, withoutOwn } from './targets.ts'
import { httpRules, type HttpMatch, type HttpRule, type VirtualService } from './virtual-service.ts'

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
 *   cannot be narrowed to the filter (see filter.ts)  | skipped: filterNeverMatches, filterTaken, ...
 *   has `mirrors`, or a percentage without a mirror   | mirrored, in `mirrors`
 *   is a delegate's: its root's `mirror` is inherited | mirrored, in `mirrors`
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
  /** The distinct targets of the mirrored rules, in order of first use; each with the most that any rule copies to it. */
  readonly targets: readonly ConcreteTarget[]
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
      targets: [],
      problems: [],
      warnings: [problem('expired', annotationPath('until'), { found })],
      expired: true
    }
  }
  const http = httpRules(base)
  const wanted = resolveAll(http, intent)
  const context = { intent, now, inDelegate: isDelegate(base), taken: new Set<string>() }
  const planned = http.map((rule, index) => {
    const outcome = planRule(rule, `spec.http[${index}]`, wanted[index]!, context)
    if (isFiltering(intent)) for (const key of takenBy(rule.match ?? [], intent)) context.taken.add(key)
    return outcome
  })
  const rules = [...planned, ...otherRules(base)]
  const targets = targetsOf(rules)
  const problems = [
    ...unknownNames(http, intent),
    ...http.flatMap((rule, index) => conflicts(rule, `spec.http[${index}]`, [targets, wanted[index]!]))
  ]
  if (problems.length === 0 && !rules.some(({ outcome }) => outcome === 'mirrored')) {
    const reasons = rules.flatMap((rule) => (rule.outcome === 'skipped' ? [formatProblem(rule.reason)] : []))
    const text = reasons.length > 0 ? reasons.join('; ') : 'the VirtualService has no rules'
    problems.push(problem('nothingMirrored', annotationPath('to'), { reasons: text }))
  }
  return { rules, targets, problems, warnings: warningsOf(rules, http, intent), expired: false }
}

function targetsOf(rules: readonly RulePlan[]): ConcreteTarget[] {
  const distinct: ConcreteTarget[] = []
  const lists = new Set(rules.map((rule) => (rule.outcome === 'mirrored' ? rule.targets : [])))
  for (const target of [...lists].flat()) {
    const index = distinct.findIndex((one) => sameDestination(one, target))
    if (index === -1) distinct.push(target)
    else if (target.percent > distinct[index]!.percent) distinct[index] = target
  }
  return distinct
}

interface Context extends Surroundings {
  readonly intent: Intent
  readonly now: Date
}

function planRule(
  rule: HttpRule,
  path: string,
  wanted: readonly ConcreteTarget[],
  { intent, now, ...surroundings }: Context
): RulePlan {
  const named = { path, ...(typeof rule.name === 'string' && { name: rule.name }) }
  const skipped = (reason: Problem): SkippedRule => ({ outcome: 'skipped', ...named, reason })
  const obstacle = notRouting(rule, path) ?? notAsked(rule, path, intent)
  if (obstacle) return skipped(obstacle)
  const others = withoutOwn(rule, wanted)
  if (others.length === 0) return skipped(problem('onlyTarget', path, { target: wanted.map(nameOf).join(', ') }))
  if (rule.mirror) return skipped(problem('ownMirror', path, { found: nameOf(fromDestination(rule.mirror)) }))
  const targets = intent.baseline && intent.baseline > now ? withBaseline(rule, others, intent) : others
  const mirrored = { outcome: 'mirrored', ...named, targets, field: fieldFor(rule, targets, surroundings) } as const
  if (!isFiltering(intent)) return mirrored
  const narrowed = narrow(rule.match, intent, surroundings)
  if (narrowed.outcome === 'implied') return mirrored
  if (narrowed.outcome === 'clone') return { ...mirrored, match: narrowed.match }
  return skipped(problem(narrowed.code, path, { found: narrowed.found, filter: formatFilter(intent) }))
}

function fieldFor(
  rule: HttpRule,
  targets: readonly ConcreteTarget[],
  { inDelegate }: Surroundings
): MirroredRule['field'] {
  const isList = targets.length > 1 || rule.mirrors?.length || hasStrayPercentage(rule) || inDelegate
  return isList ? 'mirrors' : 'mirror'
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
  if (from.length === 0 || primaryOf(rule, from)) return undefined
  return problem('fromNotAsked', path, { allowed: quoted(from) })
}

const PERCENTAGES = ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const

function hasStrayPercentage(rule: HttpRule): boolean {
  return !rule.mirror && PERCENTAGES.some((field) => field in rule)
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
  return [...own, ...stray, ...intent.targets.flatMap(notQualified)]
}

/** `httpbin.prod` and `httpbin.prod.svc`: short names in DNS, but not to Istio. */
function notQualified({ host = '' }: Target): Problem[] {
  const short = /^([^.]+\.[^.]+)(?:\.svc)?$/.exec(host)?.[1]
  if (short === undefined) return []
  const values = { found: JSON.stringify(host), allowed: `${short}.svc.${CLUSTER_DOMAIN}` }
  return [problem('hostNotQualified', annotationPath('to'), values)]
}
