// How a target that hangs would hurt live requests: copies without a bound fill the callers' sidecars, and a large body that
// is not read holds up the upload that it is a copy of. Pure; who is limited is asked.
import { asInjected } from './limited-subset.ts'
import { fromDestination, isDestinationOf, keyOf, nameOf, type ConcreteTarget, type Target } from './target.ts'
import type { Place } from './host.ts'
import { problem, shorten, type Problem } from './problem.ts'
import { textsOf } from './text-set.ts'
import { parseDuration } from './time.ts'
import { primaryOf } from './resolve-targets.ts'
import { httpRules, type HttpMatch, type HttpRule, type VirtualService } from './virtual-service.ts'

export interface Hazard<T extends Target = Target> {
  readonly target: T
  /** The first rule that copies to the target without a timeout, where the target has no limits. */
  readonly unlimited?: string
  /** The first rule that copies bodies of any size to it. */
  readonly anyBody?: string
}

/** `isLimited`: undefined of a target that is not there, or of which nothing is known. At most one for each target. */
export function hazardsOf<T extends ConcreteTarget>(
  object: VirtualService,
  targets: readonly T[],
  place: Place,
  isLimited: (target: T) => boolean | undefined
): Hazard<T>[] {
  const found = new Map<string, Omit<Hazard, 'target'>>()
  httpRules(object).forEach((rule, index) => {
    const path = `spec.http[${index}]`
    const here = { ...(!hasTimeout(rule) && { unlimited: path }), ...(takesAnyBody(rule) && { anyBody: path }) }
    for (const target of copiesOf(rule, place)) {
      const key = keyOf(target, place)
      found.set(key, { ...here, ...found.get(key) })
    }
  })
  return targets.flatMap((target) => {
    const limited = target.limited ?? isLimited(target)
    const { unlimited, anyBody } = found.get(keyOf(asInjected(target), place)) ?? {}
    if (limited === undefined || ((limited || unlimited === undefined) && anyBody === undefined)) return []
    return [{ target, ...(!limited && unlimited && { unlimited }), ...(anyBody && { anyBody }) }]
  })
}

/** One line. */
export function describeHazard({ target, unlimited, anyBody }: Hazard): Problem {
  const values = { target: shorten(nameOf(target).replace(/\/$/, ''), LONGEST_NAME) }
  if (unlimited === undefined) return problem('bodiesUnlimited', anyBody ?? '', values)
  return problem(anyBody === undefined ? 'copiesUnlimited' : 'copiesAndBodiesUnlimited', unlimited, values)
}

/** kubectl shows a warning as one line: it is to stay short. */
const LONGEST_NAME = 24

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
