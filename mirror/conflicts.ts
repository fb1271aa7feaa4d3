// What makes a whole intent impossible on a route, whichever rules it asks for. Plans no rule.
import { annotationPath, PREFIX, type Intent } from './annotations.ts'
import type { Place } from './host.ts'
import { listed, problem, quote, quoted, type Problem } from './problem.ts'
import type { RouteKind } from './route-kind.ts'
import type { Destination, HttpRule } from './virtual-service.ts'

export interface Conflicting {
  readonly rule: HttpRule
  readonly path: string
  /** See `RouteKind`. */
  readonly emptyFields: readonly string[]
}

/**
 * What in a rule's own fields makes the intent impossible. This includes rules that are not mirrored: strip.ts recognizes our mirrors
 * by destination alone, so it would remove a user's own mirror to a target.
 */
export function conflicts(
  { rule, path, emptyFields }: Conflicting,
  targetsOf: (rule: HttpRule) => readonly IsTarget[],
  form: (mirror: Destination) => string
): Problem[] {
  const own = rule.mirror || rule.mirrors?.length ? repeated(rule, targetsOf(rule)) : []
  return [
    ...(own.length > 0 ? [problem('alreadyMirrored', path, { target: listed(own, form) })] : []),
    ...emptyFields.map((name) => problem('mirrorEmpty', `${path}.${name}`)),
    ...(rule.name?.startsWith(PREFIX)
      ? [problem('ruleNameReserved', `${path}.name`, { found: quote(rule.name), prefix: PREFIX })]
      : [])
  ]
}

type IsTarget = (destination: Destination) => boolean

function repeated(rule: HttpRule, targets: readonly IsTarget[]): Destination[] {
  const own = [rule.mirror, ...(rule.mirrors ?? []).map(({ destination }) => destination)].map((mirror) => mirror ?? {})
  return own.filter((mirror) => targets.some((isTarget) => isTarget(mirror)))
}

/** Names in `routes` and `from` that no rule has. */
export function unknownNames(
  http: readonly HttpRule[],
  { routes, from }: Intent,
  kind: RouteKind,
  place: Place
): Problem[] {
  if (routes.length === 0 && from.length === 0) return []
  const { version } = kind
  const names = new Set(http.flatMap(({ name }) => name ?? []))
  const versions = new Set(
    http.flatMap(({ route }) =>
      (route ?? []).flatMap(({ destination }) => kind.versionOf(destination ?? {}, place) ?? [])
    )
  )
  return [
    ...routes
      .filter((name) => !names.has(name))
      .map((name) => problem('routeUnknown', annotationPath('routes'), { found: quote(name), allowed: offer(names) })),
    ...from
      .filter((name) => !versions.has(name))
      .map((name) =>
        problem('fromUnknown', annotationPath('from'), { version, found: quote(name), allowed: offer(versions) })
      )
  ]
}

function offer(names: ReadonlySet<string>): string {
  return names.size > 0 ? `use one of ${quoted(names)}` : 'none of them has one'
}
