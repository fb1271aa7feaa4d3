// How a target that hangs would hurt live requests: copies without a bound fill the callers' sidecars, and a large body that
// is not read holds up the upload that it is a copy of. Pure; who is limited is asked.
import { asInjected } from './limited-subset.ts'
import { fromDestination, isDestinationOf, keyOf, nameOf, type ConcreteTarget, type Target } from './target.ts'
import type { Place } from './host.ts'
import { problem, shorten, type Problem } from './problem.ts'
import { textsOf } from './text-set.ts'
import { parseDuration } from './time.ts'
import { primaryOf } from './resolve-targets.ts'
import { kindOf, readRules } from './kind-of.ts'
import { controllersOf, isGateway, parentsOf } from './parents.ts'
import type { RouteKind, RouteObject } from './route-kind.ts'
import type { HttpMatch, HttpRule } from './virtual-service.ts'

export interface Hazard<T extends Target = Target> {
  readonly target: T
  /** Of the route. */
  readonly kind: RouteKind
  /** The first rule that copies to the target without a timeout, where the target has no limits. */
  readonly unlimited?: string
  /** The first rule that copies bodies of any size to it. */
  readonly anyBody?: string
}

/** `isLimited`: undefined of a target that is not there, or of which nothing is known. At most one for each target. */
export function hazardsOf<T extends ConcreteTarget>(
  object: RouteObject,
  targets: readonly T[],
  place: Place,
  isLimited: (target: T) => boolean | undefined
): Hazard<T>[] {
  const known = targets.flatMap((target) => {
    const limited = target.limited ?? isLimited(target)
    return limited === undefined ? [] : [{ target, limited }]
  })
  if (known.length === 0 || !isOfIstio(object)) return []
  const found = new Map<string, Pick<Hazard, 'unlimited' | 'anyBody'>>()
  const kind = kindOf(object)
  readRules(object, place).forEach((rule, index) => {
    const path = `spec.${kind.rulesAt}[${index}]`
    const here = { ...(!hasTimeout(rule) && { unlimited: path }), ...(takesAnyBody(rule) && { anyBody: path }) }
    for (const target of copiesOf(rule, place)) {
      const key = keyOf(target, place)
      found.set(key, { ...here, ...found.get(key) })
    }
  })
  return known.flatMap(({ target, limited }) => {
    const { unlimited, anyBody } = found.get(keyOf(asInjected(target), place)) ?? {}
    if ((limited || unlimited === undefined) && anyBody === undefined) return []
    return [{ target, kind, ...(!limited && unlimited && { unlimited }), ...(anyBody && { anyBody }) }]
  })
}

/** One line. */
export function describeHazard({ target, kind, unlimited, anyBody }: Hazard): Problem {
  const { copies, bodies } = kind.bounds
  const bounds = [...(unlimited === undefined ? [] : [copies]), ...(anyBody === undefined ? [] : [bodies])]
  const values = {
    target: shorten(nameOf(target), LONGEST_NAME),
    remedy: bounds.join(', ').replace(', set ', ', ')
  }
  if (unlimited === undefined) return problem('bodiesUnlimited', anyBody ?? '', values)
  return problem(anyBody === undefined ? 'copiesUnlimited' : 'copiesAndBodiesUnlimited', unlimited, values)
}

/** Other implementations of the Gateway API have limits of their own, or are no Envoy. A mesh that has not reported yet is Istio. */
function isOfIstio(object: RouteObject): boolean {
  if (kindOf(object).name === 'VirtualService') return true
  const controllers = controllersOf(object, () => true)
  if (controllers.length > 0) return controllers.some((name) => name.startsWith('istio.io/'))
  return parentsOf(object).some((parent) => !isGateway(parent))
}

/** kubectl shows a warning as one line: it is to stay short. */
const LONGEST_NAME = 23

/**
 * It begins with the end of the request, and is the copy's, too. `0s` is none, and so is a long one: at 1,000 copies a second,
 * 15 s are 15,000 open ones, some 150 MB.
 */
function hasTimeout({ timeout }: HttpRule): boolean {
  const milliseconds = typeof timeout === 'string' ? (parseDuration(timeout) ?? 0) : 0
  return milliseconds > 0 && milliseconds <= LONGEST_BOUND
}

const LONGEST_BOUND = 15_000

/** Without a baseline: where the live request goes, another one does no more harm than that. */
function copiesOf(rule: HttpRule, place: Place): Target[] {
  const own = fromDestination(primaryOf(rule) ?? {})
  const mirrors = [rule.mirror, ...(rule.mirrors ?? []).map(({ destination }) => destination)]
  return mirrors.flatMap((mirror) => (mirror && !isDestinationOf(mirror, own, place) ? [fromDestination(mirror)] : []))
}

function takesAnyBody({ match }: HttpRule): boolean {
  return !match?.length || match.some((branch) => !boundsBody(branch))
}

/** Requests with these methods have a body nowhere but in tests. */
const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE'])

function boundsBody({ method, headers, withoutHeaders }: HttpMatch): boolean {
  const names = [...Object.keys(headers ?? {}), ...Object.keys(withoutHeaders ?? {})]
  if (names.some((name) => name.toLowerCase() === 'content-length')) return true
  const texts = method ? textsOf(method) : undefined
  return texts?.kind === 'values' && texts.values.every((value) => BODILESS.has(value))
}
