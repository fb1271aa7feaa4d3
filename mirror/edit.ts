// The whole edit, for the webhook, `--direct` and `render` alike: base = strip(object), result = inject(base, plan(base)).
import { askedAnnotations, isProblems, readEnd, readIntent, type Intent } from './annotations.ts'
import { placeOf, type Place } from './host.ts'
import { inject } from './inject.ts'
import { expiredPlan, plan, type Plan } from './plan.ts'
import { problem, quote, type Problem } from './problem.ts'
import { shapeProblems } from './shape.ts'
import { limitedName } from './limited-subset.ts'
import { createMatcher } from './matcher.ts'
import { recordedTargets } from './record.ts'
import { strip } from './strip.ts'
import { GATEWAY_API, kindOf } from './kind-of.ts'
import type { RouteObject } from './route-kind.ts'

export interface Edit<T extends RouteObject = RouteObject> {
  /** The object without our mirrors. It keeps the user's annotations. */
  readonly base: T
  /** What the object should be. With problems, the object unchanged; but if the mirror has expired, the base. */
  readonly result: T
  /** Undefined: no mirror is asked for, or the annotations are invalid. */
  readonly plan?: Plan
  readonly intent?: Intent
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

export interface Setting {
  /** Tells which short host equals which full one. Absent: what the object says. */
  readonly place?: Place
  /** The policy's, for a mirror without `limit`; 0: none. Absent: unknown, so the object's record tells whether there is one. */
  readonly defaultLimit?: number
}

/**
 * `old` is the stored object, if any; its field types must be valid (shape.ts). `object` is checked here. Deterministic and
 * idempotent.
 */
export function edit<T extends RouteObject>(object: T, now: Date, old?: RouteObject, setting: Setting = {}): Edit<T> {
  const malformed = shapeProblems(object)
  const unreadable = malformed.length > 0 ? malformed : unsupported(object)
  if (unreadable.length > 0) return { base: object, result: object, problems: unreadable, warnings: [] }
  const where = setting.place ?? placeOf(object)
  const base = strip(object, old, where)
  const matcher = createMatcher()
  const asked = readIntent(base.metadata.annotations, matcher, where, kindOf(object))
  if (asked === undefined) return { base, result: base, problems: [], warnings: [] }
  const intent = isProblems(asked) ? asked : withLimit(asked, object, setting)
  const invalid = isProblems(intent) ? intent : []
  const until = isProblems(intent) ? readEnd(base.metadata.annotations ?? {}, 'until') : intent.until
  if (until && until <= now) {
    const over = expiredPlan(until)
    const known = isProblems(intent) ? {} : { intent }
    return { base, result: base, plan: over, ...known, problems: invalid, warnings: over.warnings }
  }
  if (isProblems(intent)) return { base, result: object, problems: intent, warnings: [] }
  const planned = plan(base, intent, now, { place: where, matcher })
  const { problems, warnings } = planned
  const result = problems.length > 0 ? object : inject(base, planned, where)
  return { base, result, plan: planned, intent, problems, warnings }
}

function withLimit(intent: Intent, object: RouteObject, { defaultLimit }: Setting): Intent {
  if (intent.limit !== undefined || kindOf(object).unsupported.limit) return intent
  const limit = defaultLimit === undefined ? recordedLimit(intent, object) : defaultLimit || undefined
  return limit === undefined ? intent : { ...intent, limit }
}

function recordedLimit({ targets }: Intent, object: RouteObject): Intent['limit'] {
  const names = new Set(targets.map(({ subset }) => limitedName(subset)))
  const isLimited = recordedTargets(object, undefined, placeOf(object)).some(({ target }) =>
    names.has(target.subset ?? '')
  )
  return isLimited ? 'unknown' : undefined
}

/** Whether a request changes what is asked for. If so, problems deny it; otherwise they are only warnings. */
export function asksAnew(object: RouteObject, old: RouteObject | undefined): boolean {
  const [asked, before] = [askedAnnotations(object.metadata.annotations), askedAnnotations(old?.metadata.annotations)]
  const keys = Object.keys(asked)
  return keys.length !== Object.keys(before).length || keys.some((key) => asked[key] !== before[key])
}

/** Other kinds of route of the Gateway API. No other kind of object is looked at. */
function unsupported({ apiVersion, kind, metadata }: RouteObject): Problem[] {
  const isOther = apiVersion?.startsWith(`${GATEWAY_API}/`) && kind?.endsWith('Route') && kind !== 'HTTPRoute'
  const isAsked = Object.keys(askedAnnotations(metadata?.annotations)).length > 0
  return isOther && isAsked ? [problem('kindUnsupported', 'kind', { found: quote(kind ?? '') })] : []
}
