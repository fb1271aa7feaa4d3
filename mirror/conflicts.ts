// What makes a whole intent impossible on a VirtualService, whichever rules it asks for. Plans no rule.
import { annotationPath, PREFIX, type Intent } from './annotations.ts'
import { fromDestination, nameOf } from './target.ts'
import { listed, problem, quote, quoted, type Problem } from './problem.ts'
import type { Destination, HttpRule } from './virtual-service.ts'

/**
 * What in a rule's own fields makes the intent impossible. This includes rules that are not mirrored: strip.ts recognizes our mirrors
 * by destination alone, so it would remove a user's own mirror to a target.
 */
export function conflicts(rule: HttpRule, path: string, targetsOf: (rule: HttpRule) => readonly IsTarget[]): Problem[] {
  const problems = 'mirror' in rule || 'mirrors' in rule ? mirrorConflicts(rule, path, targetsOf(rule)) : []
  if (rule.name?.startsWith(PREFIX)) {
    problems.push(problem('ruleNameReserved', `${path}.name`, { found: quote(rule.name), prefix: PREFIX }))
  }
  return problems
}

type IsTarget = (destination: Destination) => boolean

function mirrorConflicts(rule: HttpRule, path: string, targets: readonly IsTarget[]): Problem[] {
  const own = [rule.mirror, ...(rule.mirrors ?? []).map(({ destination }) => destination)].map((mirror) => mirror ?? {})
  const repeated = own.filter((mirror) => targets.some((isTarget) => isTarget(mirror)))
  const empty = (['mirror', 'mirrors'] as const).filter((name) => name in rule && !isFilled(rule[name]))
  return [
    ...(repeated.length > 0
      ? [problem('alreadyMirrored', path, { target: listed(repeated, (mirror) => nameOf(fromDestination(mirror))) })]
      : []),
    ...empty.map((name) => problem('mirrorEmpty', `${path}.${name}`))
  ]
}

function isFilled(mirror: unknown): boolean {
  return Array.isArray(mirror) ? mirror.length > 0 : mirror !== null && mirror !== undefined
}

/** Names in `routes` and `from` that no rule has. */
export function unknownNames(http: readonly HttpRule[], { routes, from }: Intent): Problem[] {
  if (routes.length === 0 && from.length === 0) return []
  const names = new Set(http.flatMap(({ name }) => name ?? []))
  const subsets = new Set(
    http.flatMap(({ route }) => (route ?? []).flatMap(({ destination }) => destination?.subset ?? []))
  )
  return [
    ...routes
      .filter((name) => !names.has(name))
      .map((name) => problem('routeUnknown', annotationPath('routes'), { found: quote(name), allowed: offer(names) })),
    ...from
      .filter((subset) => !subsets.has(subset))
      .map((name) => problem('fromUnknown', annotationPath('from'), { found: quote(name), allowed: offer(subsets) }))
  ]
}

function offer(names: ReadonlySet<string>): string {
  return names.size > 0 ? `use one of ${quoted(names)}` : 'none of them has one'
}
