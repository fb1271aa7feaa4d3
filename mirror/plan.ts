// Decides how a route is mirrored: rule by rule (rule-plan.ts), then as a whole. Pure; reads it without our mirrors.
import { annotationPath, type Intent } from './annotations.ts'
import { lengthsAbove } from './body-size.ts'
import { BOUNDS } from './bounds.ts'
import { conflicts, unknownNames } from './conflicts.ts'
import { isDelegate } from './delegation.ts'
import { conditionCount, formatFilter, isFiltering, takenBy } from './filter.ts'
import { placeOf, qualifiedHost, type Place } from './host.ts'
import { kindOf, readRules, rulesOf } from './kind-of.ts'
import { asInjected, limitedName } from './limited-subset.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import {
  formatCount,
  formatProblem,
  listed,
  problem,
  quote,
  SENTENCES,
  shorten,
  type Problem,
  type ProblemCode
} from './problem.ts'
import { createResolve, fromOf } from './resolve-targets.ts'
import type { RouteKind, RouteObject } from './route-kind.ts'
import { planRule, type Context, type RulePlan, type SkippedRule } from './rule-plan.ts'
import { fromDestination, keyOf, nameOf, oneOf, type ConcreteTarget, type Target } from './target.ts'
import { hasStrayPercentage } from './virtual-service-kind.ts'
import type { Destination, HttpRule } from './virtual-service.ts'

/*
 * The whole intent is refused if a rule has its own mirror to a target (ours would be indistinguishable), if no rule has a name in
 * `routes` or `from`, or if no rule would be mirrored.
 */

export interface Plan {
  /** One for each HTTP rule in order, then one for each tcp and tls rule. Empty when expired. */
  readonly rules: readonly RulePlan[]
  /** The distinct targets of the mirrored rules, in order of first use; each with the most that any rule copies to it. */
  readonly targets: readonly ConcreteTarget[]
  /** If any, nothing may be injected. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** About how many characters the mirrors add to the object, without copies of its own rules. */
  readonly growth: number
  readonly expired: boolean
}

/** `base` must carry none of our mirrors. */
export function plan(
  base: RouteObject,
  intent: Intent,
  now: Date,
  { place = placeOf(base), matcher = createMatcher() }: { readonly place?: Place; readonly matcher?: Matcher } = {}
): Plan {
  const kind = kindOf(base)
  const raw = rulesOf(base)
  const http = readRules(base, place)
  const branches = isFiltering(intent) ? http.reduce((sum, { match }) => sum + (match?.length || 1), 0) : 0
  const mostBranches = Math.min(BOUNDS.branches, Math.floor(BOUNDS.narrowings / (conditionCount(intent) + 1)))
  if (branches > mostBranches) return refused('tooManyBranches', kind, branches, mostBranches)
  const resolve = createResolve(intent, kind, place)
  const isFrom = fromOf(intent, kind, place)
  const taken = new Set<string>()
  const filter = shorten(formatFilter(intent))
  const inDelegate = isDelegate(base)
  const context = { intent, kind, isFrom, filter, resolve, now, place, inDelegate, taken, matcher }
  const planned = http.map((rule, index) => {
    const outcome = planRule(rule, `spec.${kind.rulesAt}[${index}]`, kind.roomIn(raw[index]!), context)
    if (isFiltering(intent) && kind.clones) for (const key of takenBy(rule.match ?? [], intent)) taken.add(key)
    return outcome
  })
  const mirrored = planned.reduce((sum, { outcome }) => sum + Number(outcome === 'mirrored'), 0)
  if (mirrored > BOUNDS.rules) return refused('tooManyRules', kind, mirrored, BOUNDS.rules)
  const targets = targetsOf(planned, place)
  if (targets.length > BOUNDS.destinations)
    return refused('tooManyDestinations', kind, targets.length, BOUNDS.destinations)
  const growth = growthOf(planned, intent)
  if (growth > BOUNDS.growth) return refused('resultTooLarge', kind, growth, BOUNDS.growth)
  const rules = [...planned, ...otherRules(base, kind)]
  const isTarget = oneOf(targets.map(asInjected), place)
  const form = (mirror: Destination): string => kind.format(fromDestination(mirror), place)
  const reasons = rules.flatMap((rule) => (rule.outcome === 'skipped' ? [rule.reason] : []))
  const problems = [
    ...limitProblems(targets),
    ...unknownNames(http, intent, kind, place),
    ...planned.flatMap(({ path }, index) => {
      const conflicting = { rule: http[index]!, path, emptyFields: kind.emptyFields(raw[index]!) }
      return conflicts(conflicting, (rule) => [isTarget, oneOf(resolve(rule), place)], form)
    }),
    ...reasons.filter(({ code }) => code in SENTENCES.problem)
  ]
  if (problems.length === 0 && !rules.some(({ outcome }) => outcome === 'mirrored')) {
    const text = reasons.length > 0 ? listed(reasons, formatProblem, '; ') : `the ${kind.name} has no rules`
    problems.push(problem('nothingMirrored', annotationPath('to'), { reasons: text }))
  }
  return { rules, targets, problems, warnings: warningsOf(rules, http, context), growth, expired: false }
}

/** Above a bound: a plan without rules. */
function refused(code: ProblemCode, kind: RouteKind, found: number, allowed: number): Plan {
  const values = { kind: kind.name, found: formatCount(found), allowed: formatCount(allowed) }
  const problems = [problem(code, annotationPath('to'), values)]
  return { rules: [], targets: [], problems, warnings: [], growth: 0, expired: false }
}

/** Mirrors nothing. */
export function expiredPlan(until: Date): Plan {
  const warning = problem('expired', annotationPath('until'), { found: until.toISOString() })
  return { rules: [], targets: [], problems: [], warnings: [warning], growth: 0, expired: true }
}

function targetsOf(rules: readonly RulePlan[], place: Place): ConcreteTarget[] {
  const distinct = new Map<string, ConcreteTarget>()
  const lists = new Set(rules.map((rule) => (rule.outcome === 'mirrored' ? rule.targets : [])))
  for (const target of [...lists].flat()) {
    const key = keyOf(asInjected(target), place)
    const known = distinct.get(key)
    if (known === undefined || target.percent > known.percent) distinct.set(key, target)
  }
  return [...distinct.values()]
}

/** Characters of a mirror in JSON, without host and subset. */
const MIRROR = 50

/** About how many characters mirrors and the conditions of clones add. Copies of the rules are not counted. */
function growthOf(rules: readonly RulePlan[], { methods, headers, maxBody }: Intent): number {
  const lengths = maxBody === undefined ? '' : lengthsAbove(maxBody)
  const filter = JSON.stringify({ method: { regex: methods.join('|') }, headers, lengths }).length
  const known = new Map<readonly ConcreteTarget[], number>()
  return rules.reduce((sum, rule) => {
    if (rule.outcome === 'skipped') return sum
    const { targets, match = [] } = rule
    const mirrors =
      known.get(targets) ?? targets.reduce((all, target) => all + MIRROR + nameOf(asInjected(target)).length, 0)
    known.set(targets, mirrors)
    return sum + mirrors + match.length * filter
  }, 0)
}

/** The names and the number of the subsets that limit copies. */
function limitProblems(targets: readonly ConcreteTarget[]): Problem[] {
  const limited = targets.filter((target) => target.limited)
  const at = annotationPath('limit')
  const long = limited.filter(({ subset }) => limitedName(subset).length > LONGEST_SUBSET)
  const most = LONGEST_SUBSET - limitedName('').length
  return [
    ...long.map(({ subset = '' }) => problem('limitNameTooLong', at, { found: quote(subset), most: String(most) })),
    ...(limited.length > BOUNDS.limited
      ? [problem('tooManyLimited', at, { found: String(limited.length), allowed: String(BOUNDS.limited) })]
      : [])
  ]
}

const LONGEST_SUBSET = 63

function otherRules({ spec }: RouteObject, { otherRulesAt }: RouteKind): SkippedRule[] {
  return otherRulesAt.flatMap((found) =>
    ((spec?.[found] ?? []) as readonly unknown[]).map((_, index): SkippedRule => {
      // shape.ts saw to it
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
  // In a delegate, the percentage applies to the mirror inherited from the root.
  const stray = http.flatMap((rule, index) =>
    !inDelegate && hasStrayPercentage(rule) ? [problem('strayPercentage', `spec.http[${index}]`)] : []
  )
  const undeclared = intent.maxBody === undefined ? [] : [problem('bodyUndeclared', annotationPath('maxBody'))]
  return [...own, ...stray, ...undeclared, ...intent.targets.flatMap((target) => notQualified(target, place))]
}

function notQualified({ host = '' }: Target, place: Place): Problem[] {
  const allowed = qualifiedHost(host, place)
  return allowed === undefined
    ? []
    : [problem('hostNotQualified', annotationPath('to'), { found: quote(host), allowed })]
}
