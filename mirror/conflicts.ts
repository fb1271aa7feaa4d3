// What makes a whole intent impossible on a VirtualService, whichever rules it asks for. Plans no rule.
import { annotationPath, PREFIX, type Intent } from './annotations.ts'
import { fromDestination, isDestinationOf, nameOf, type Target } from './destination.ts'
import { problem, quoted, type Problem } from './problem.ts'
import type { HttpRule } from './virtual-service.ts'

/**
 * What in a rule's own fields makes the intent impossible. Also in rules that are not asked for: strip.ts knows ours by
 * their destination alone, so a mirror of the user's to any of `targets` would be taken for ours.
 */
export function conflicts(rule: HttpRule, path: string, targets: readonly (readonly Target[])[]): Problem[] {
  const problems = 'mirror' in rule || 'mirrors' in rule ? mirrorConflicts(rule, path, targets.flat()) : []
  if (rule.name?.startsWith(PREFIX)) {
    problems.push(problem('ruleNameReserved', `${path}.name`, { found: JSON.stringify(rule.name), prefix: PREFIX }))
  }
  return problems
}

function mirrorConflicts(rule: HttpRule, path: string, targets: readonly Target[]): Problem[] {
  const own = [rule.mirror, ...(rule.mirrors ?? []).map(({ destination }) => destination)].map((mirror) => mirror ?? {})
  const repeated = own.filter((mirror) => targets.some((target) => isDestinationOf(mirror, target)))
  const empty = (['mirror', 'mirrors'] as const).filter((name) => name in rule && !isFilled(rule[name]))
  return [
    ...repeated.map((mirror) => problem('alreadyMirrored', path, { target: nameOf(fromDestination(mirror)) })),
    ...empty.map((name) => problem('mirrorEmpty', `${path}.${name}`))
  ]
}

function isFilled(mirror: unknown): boolean {
  return Array.isArray(mirror) ? mirror.length > 0 : mirror !== null && mirror !== undefined
}

/** Names in `routes` and `from` that mean nothing here. */
export function unknownNames(http: readonly HttpRule[], { routes, from }: Intent): Problem[] {
  if (routes.length === 0 && from.length === 0) return []
  const names = http.flatMap(({ name }) => name ?? [])
  const subsets = http.flatMap(({ route }) => (route ?? []).flatMap(({ destination }) => destination?.subset ?? []))
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
