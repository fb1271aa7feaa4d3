// The whole edit, the same for the webhook, the plugin's --direct and `render`: base = strip(object), result = inject(base).
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
  /** Without our mirrors. The wish, our other annotations, is still on it. */
  readonly base: VirtualService
  /** What the object should be. With problems: the object, untouched; but the base where the mirror's time is over. */
  readonly result: VirtualService
  /** Undefined: no mirror is asked for, or the annotations cannot be read. */
  readonly plan?: Plan
  readonly intent?: Intent
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * `old` is the object as it is stored, where there is one; it must have the types of one (see shape.ts). Whether `object` has
 * them is judged here. `place` tells which short hosts are one with full ones. Deterministic and idempotent.
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

/** Whether a request changed what is asked for: then its author answers for the problems, else only learns of them. */
export function asksAnew(object: VirtualService, old: VirtualService | undefined): boolean {
  const [asked, before] = [askedAnnotations(object.metadata.annotations), askedAnnotations(old?.metadata.annotations)]
  const keys = Object.keys(asked)
  return keys.length !== Object.keys(before).length || keys.some((key) => asked[key] !== before[key])
}
