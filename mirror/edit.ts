// The whole edit, for the webhook, `--direct` and `render` alike: base = strip(object), result = inject(base, plan(base)).
import { askedAnnotations, isProblems, readEnd, readIntent, type Intent } from './annotations.ts'
import { placeOf, type Place } from './host.ts'
import { inject } from './inject.ts'
import { expiredPlan, plan, type Plan } from './plan.ts'
import type { Problem } from './problem.ts'
import { shapeProblems } from './shape.ts'
import { createMatcher } from './matcher.ts'
import { strip } from './strip.ts'
import type { VirtualService } from './virtual-service.ts'

export interface Edit {
  /** The object without our mirrors. It keeps the user's annotations. */
  readonly base: VirtualService
  /** What the object should be. With problems, the object unchanged; but if the mirror has expired, the base. */
  readonly result: VirtualService
  /** Undefined: no mirror is asked for, or the annotations are invalid. */
  readonly plan?: Plan
  readonly intent?: Intent
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * `old` is the stored object, if any; its field types must be valid (shape.ts). `object` is checked here. `place` tells which short
 * host equals which full one. Deterministic and idempotent.
 */
export function edit(object: VirtualService, now: Date, old?: VirtualService, place?: Place): Edit {
  const malformed = shapeProblems(object)
  if (malformed.length > 0) return { base: object, result: object, problems: malformed, warnings: [] }
  const where = place ?? placeOf(object)
  const base = strip(object, old, where)
  const matcher = createMatcher()
  const intent = readIntent(base.metadata.annotations, matcher, where)
  if (intent === undefined) return { base, result: base, problems: [], warnings: [] }
  const invalid = isProblems(intent) ? intent : []
  const until = isProblems(intent) ? readEnd(base.metadata.annotations ?? {}, 'until') : intent.until
  if (until && until <= now) {
    const over = expiredPlan(until)
    const asked = isProblems(intent) ? {} : { intent }
    return { base, result: base, plan: over, ...asked, problems: invalid, warnings: over.warnings }
  }
  if (isProblems(intent)) return { base, result: object, problems: intent, warnings: [] }
  const planned = plan(base, intent, now, { place: where, matcher })
  const { problems, warnings } = planned
  const result = problems.length > 0 ? object : inject(base, planned)
  return { base, result, plan: planned, intent, problems, warnings }
}

/** Whether a request changes what is asked for. If so, problems deny it; otherwise they are only warnings. */
export function asksAnew(object: VirtualService, old: VirtualService | undefined): boolean {
  const [asked, before] = [askedAnnotations(object.metadata.annotations), askedAnnotations(old?.metadata.annotations)]
  const keys = Object.keys(asked)
  return keys.length !== Object.keys(before).length || keys.some((key) => asked[key] !== before[key])
}
