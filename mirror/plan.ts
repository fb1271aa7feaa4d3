// Decides, for each rule, whether and how it is mirrored. Pure: reads a VirtualService without our mirrors (see strip.ts).
import { annotationPath, type Intent } from './annotations.ts'
import { BOUNDS } from './bounds.ts'
import { conflicts, unknownNames } from './conflicts.ts'
import { isDelegate } from './delegation.ts'
import { fromDestination, keyOf, nameOf, oneOf, type ConcreteTarget, type Target } from './target.ts'
import { formatFilter, isFiltering, narrow, takenBy, type Surroundings } from './filter.ts'
import { growthOf } from './growth.ts'
import { placeOf, qualifiedHost, type Place } from './host.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import {
  formatCount,
  formatProblem,
  listed,
  problem,
  quote,
  quoted,
  shorten,
  type Problem,
  type ProblemCode
} from './problem.ts'
import { createResolve, primaryOf, withBaseline, withoutOwn, type Resolve } from './resolve-targets.ts'
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
  /** About how many characters the mirrors add to the object, beside copies of its own rules. */
  readonly growth: number
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
export function plan(
  base: VirtualService,
  intent: Intent,
  now: Date,
  { place = placeOf(base), matcher = createMatcher() }: { readonly place?: Place; readonly matcher?: Matcher } = {}
): Plan {
  const http = httpRules(base)
  const branches = isFiltering(intent) ? http.reduce((sum, { match }) => sum + (match?.length || 1), 0) : 0
  const mostBranches = Math.min(BOUNDS.branches, Math.floor(BOUNDS.narrowings / (intent.headers.length + 1)))
  if (branches > mostBranches) return refused('tooManyBranches', branches, mostBranches)
  const resolve = createResolve(intent, place)
  const surroundings = { inDelegate: isDelegate(base), taken: new Set<string>(), matcher }
  const context = { intent, filter: shorten(formatFilter(intent)), resolve, now, place, ...surroundings }
  const planned = http.map((rule, index) => {
    const outcome = planRule(rule, `spec.http[${index}]`, context)
    if (isFiltering(intent)) for (const key of takenBy(rule.match ?? [], intent)) context.taken.add(key)
    return outcome
  })
  const mirrored = planned.reduce((sum, { outcome }) => sum + Number(outcome === 'mirrored'), 0)
  if (mirrored > BOUNDS.rules) return refused('tooManyRules', mirrored, BOUNDS.rules)
  const targets = targetsOf(planned, place)
  if (targets.length > BOUNDS.destinations) return refused('tooManyDestinations', targets.length, BOUNDS.destinations)
  const growth = growthOf(planned, intent)
  if (growth > BOUNDS.growth) return refused('resultTooLarge', growth, BOUNDS.growth)
  const rules = [...planned, ...otherRules(base)]
  const isTarget = oneOf(targets, place)
  const problems = [
    ...unknownNames(http, intent),
    ...http.flatMap((rule, index) =>
      conflicts(rule, `spec.http[${index}]`, () => [isTarget, oneOf(resolve(rule), place)])
    )
  ]
  if (problems.length === 0 && !rules.some(({ outcome }) => outcome === 'mirrored')) {
    const reasons = rules.flatMap((rule) => (rule.outcome === 'skipped' ? [rule.reason] : []))
    const text = reasons.length > 0 ? listed(reasons, formatProblem, '; ') : 'the VirtualService has no rules'
    problems.push(problem('nothingMirrored', annotationPath('to'), { reasons: text }))
  }
  return { rules, targets, problems, warnings: warningsOf(rules, http, context), growth, expired: false }
}

/** Past a bound: there is no plan, rule by rule. */
function refused(code: ProblemCode, found: number, allowed: number): Plan {
  const values = { found: formatCount(found), allowed: formatCount(allowed) }
  const problems = [problem(code, annotationPath('to'), values)]
  return { rules: [], targets: [], problems, warnings: [], growth: 0, expired: false }
}

/** Nothing is mirrored any more, whatever was asked for. */
export function expiredPlan(until: Date): Plan {
  const warning = problem('expired', annotationPath('until'), { found: until.toISOString() })
  return { rules: [], targets: [], problems: [], warnings: [warning], growth: 0, expired: true }
}

function targetsOf(rules: readonly RulePlan[], place: Place): ConcreteTarget[] {
  const distinct = new Map<string, ConcreteTarget>()
  const lists = new Set(rules.map((rule) => (rule.outcome === 'mirrored' ? rule.targets : [])))
  for (const target of [...lists].flat()) {
    const key = keyOf(target, place)
    const known = distinct.get(key)
    if (known === undefined || target.percent > known.percent) distinct.set(key, target)
  }
  return [...distinct.values()]
}

interface Context extends Surroundings {
  readonly intent: Intent
  /** For people. */
  readonly filter: string
  readonly resolve: Resolve
  readonly now: Date
  readonly place: Place
}

function planRule(
  rule: HttpRule,
  path: string,
  { intent, filter, resolve, now, place, ...surroundings }: Context
): RulePlan {
  const named = { path, ...(typeof rule.name === 'string' && { name: rule.name }) }
  const skipped = (reason: Problem): SkippedRule => ({ outcome: 'skipped', ...named, reason })
  const obstacle = notRouting(rule, path) ?? notAsked(rule, path, intent)
  if (obstacle) return skipped(obstacle)
  const wanted = resolve(rule)
  const others = withoutOwn(rule, wanted, place)
  if (others.length === 0) return skipped(problem('onlyTarget', path, { target: listed(wanted, nameOf) }))
  if (rule.mirror) return skipped(problem('ownMirror', path, { found: nameOf(fromDestination(rule.mirror)) }))
  const targets = intent.baseline && intent.baseline > now ? withBaseline(rule, others, intent, place) : others
  const mirrored = { outcome: 'mirrored', ...named, targets, field: fieldFor(rule, targets, surroundings) } as const
  if (!isFiltering(intent)) return mirrored
  const narrowed = narrow(rule.match, intent, surroundings)
  if (narrowed.outcome === 'implied') return mirrored
  if (narrowed.outcome === 'clone') return { ...mirrored, match: narrowed.match }
  return skipped(problem(narrowed.code, path, { found: narrowed.found, filter }))
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
  if (rule.delegate) return problem('delegate', path, { found: quote(rule.delegate.name ?? '') })
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

function warningsOf(
  rules: readonly RulePlan[],
  http: readonly HttpRule[],
  { intent, place, inDelegate }: Context
): Problem[] {
  const own = rules.flatMap((rule) =>
    rule.outcome === 'skipped' && rule.reason.code === 'ownMirror' ? [rule.reason] : []
  )
  // In a delegate it is for the mirror that is inherited from the root.
  const stray = http.flatMap((rule, index) =>
    !inDelegate && hasStrayPercentage(rule) ? [problem('strayPercentage', `spec.http[${index}]`)] : []
  )
  return [...own, ...stray, ...intent.targets.flatMap((target) => notQualified(target, place))]
}

function notQualified({ host = '' }: Target, place: Place): Problem[] {
  const allowed = qualifiedHost(host, place)
  return allowed === undefined
    ? []
    : [problem('hostNotQualified', annotationPath('to'), { found: quote(host), allowed })]
}
