// Decides whether and how one HTTP rule is mirrored. Of other rules, it knows only which branches they match.
import type { Intent } from './annotations.ts'
import { isFiltering, narrow, type Surroundings } from './filter.ts'
import type { Place } from './host.ts'
import { listed, problem, quote, quoted, type Problem } from './problem.ts'
import { primaryOf, withBaseline, withoutOwn, type Resolve } from './resolve-targets.ts'
import { fromDestination, nameOf, type ConcreteTarget } from './target.ts'
import type { HttpMatch, HttpRule } from './virtual-service.ts'

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
 */

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

export interface Context extends Surroundings {
  readonly intent: Intent
  /** For people. */
  readonly filter: string
  readonly resolve: Resolve
  readonly now: Date
  readonly place: Place
}

export function planRule(rule: HttpRule, path: string, context: Context): RulePlan {
  const { intent, filter, resolve, now, place, inDelegate } = context
  const named = { path, ...(typeof rule.name === 'string' && { name: rule.name }) }
  const skipped = (reason: Problem): SkippedRule => ({ outcome: 'skipped', ...named, reason })
  const obstacle = notRouting(rule, path) ?? notAsked(rule, path, intent)
  if (obstacle) return skipped(obstacle)
  const wanted = resolve(rule)
  const others = withoutOwn(rule, wanted, place)
  if (others.length === 0) return skipped(problem('onlyTarget', path, { target: listed(wanted, nameOf) }))
  if (rule.mirror) return skipped(problem('ownMirror', path, { found: nameOf(fromDestination(rule.mirror)) }))
  const targets = intent.baseline && intent.baseline > now ? withBaseline(rule, others, intent, place) : others
  const mirrored = { outcome: 'mirrored', ...named, targets, field: fieldFor(rule, targets, inDelegate) } as const
  if (!isFiltering(intent)) return mirrored
  const narrowed = narrow(rule.match, intent, context)
  if (narrowed.outcome === 'implied') return mirrored
  if (narrowed.outcome === 'clone') return { ...mirrored, match: narrowed.match }
  return skipped(problem(narrowed.code, path, { found: narrowed.found, filter }))
}

function fieldFor(rule: HttpRule, targets: readonly ConcreteTarget[], inDelegate: boolean): MirroredRule['field'] {
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

/** Without a mirror it has no effect; one of ours would take it on. */
export function hasStrayPercentage(rule: HttpRule): boolean {
  return !rule.mirror && PERCENTAGES.some((field) => field in rule)
}
