// Decides whether and how one HTTP rule is mirrored. Of other rules, it knows only which branches they match.
import type { Intent } from './annotations.ts'
import { isFiltering, narrow, type Surroundings } from './filter.ts'
import type { Place } from './host.ts'
import { listed, problem, quote, quoted, type Problem } from './problem.ts'
import { primaryOf, withBaseline, withoutOwn, type IsFrom, type Resolve } from './resolve-targets.ts'
import type { RouteKind } from './route-kind.ts'
import { fromDestination, type ConcreteTarget, type Target } from './target.ts'
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
 *   needs a clone, which its kind does not allow      | refused, with the whole intent: filterNeedsClone
 *   has no room for as many mirrors                   | refused, with the whole intent: filtersFull
 *   else                                              | mirrored
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
  /** Present: only these branches are mirrored, by a clone of the rule right before it. */
  readonly match?: readonly HttpMatch[]
}

export interface SkippedRule {
  /** If the reason is a problem, the whole intent is refused. */
  readonly outcome: 'skipped'
  readonly path: string
  readonly name?: string
  readonly reason: Problem
}

export interface Context extends Surroundings {
  readonly intent: Intent
  readonly kind: RouteKind
  readonly isFrom: IsFrom
  /** For people. */
  readonly filter: string
  readonly resolve: Resolve
  readonly now: Date
  readonly place: Place
}

/** `room`: for how many mirrors. */
export function planRule(rule: HttpRule, path: string, room: number, context: Context): RulePlan {
  const { intent, kind, isFrom, filter, resolve, now, place } = context
  const named = { path, ...(typeof rule.name === 'string' && { name: rule.name }) }
  const skipped = (reason: Problem): SkippedRule => ({ outcome: 'skipped', ...named, reason })
  const obstacle = notRouting(rule, path, kind) ?? notAsked(rule, path, context)
  if (obstacle) return skipped(obstacle)
  const wanted = resolve(rule)
  const others = withoutOwn(rule, wanted, place)
  const name = ({ percent: _, ...target }: Target): string => kind.format(target, place)
  if (others.length === 0) return skipped(problem('onlyTarget', path, { target: listed(wanted, name) }))
  if (rule.mirror) return skipped(problem('ownMirror', path, { found: name(fromDestination(rule.mirror)) }))
  const targets = intent.baseline && intent.baseline > now ? withBaseline(rule, others, isFrom, place) : others
  if (targets.length > room) return skipped(problem('filtersFull', path, { found: String(targets.length) }))
  const mirrored = { outcome: 'mirrored', ...named, targets } as const
  if (!isFiltering(intent)) return mirrored
  const narrowed = narrow(rule.match, intent, context)
  if (narrowed.outcome === 'implied') return mirrored
  if (narrowed.outcome === 'skipped') return skipped(problem(narrowed.code, path, { found: narrowed.found, filter }))
  return kind.clones ? { ...mirrored, match: narrowed.match } : skipped(problem('filterNeedsClone', path, { filter }))
}

function notRouting(rule: HttpRule, path: string, { nowhere }: RouteKind): Problem | undefined {
  if (rule.delegate) return problem('delegate', path, { found: quote(rule.delegate.name ?? '') })
  if (rule.redirect) return problem('redirect', path)
  if (rule.directResponse) return problem('directResponse', path)
  return primaryOf(rule) ? undefined : problem(nowhere, path)
}

function notAsked(rule: HttpRule, path: string, { intent, kind, isFrom }: Context): Problem | undefined {
  const { routes, from } = intent
  if (routes.length > 0 && !routes.includes(rule.name ?? '')) {
    return problem('routeNotAsked', path, { allowed: quoted(routes) })
  }
  if (from.length === 0 || primaryOf(rule, isFrom)) return undefined
  return problem('fromNotAsked', path, { version: kind.version, allowed: quoted(from) })
}
