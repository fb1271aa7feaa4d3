// The whole edit, the same for the webhook, the plugin's --direct and `render`: base = strip(object), result = inject(base).
import { askedAnnotations, isProblems, readIntent, type Intent } from './annotations.ts'
import { inject } from './inject.ts'
import { plan, type Plan } from './plan.ts'
import type { Problem } from './problem.ts'
import { shapeProblems } from './shape.ts'
import { createMatcher } from './matcher.ts'
import { strip } from './strip.ts'
import type { VirtualService } from './virtual-service.ts'

export interface Edit {
  /** Without our mirrors. The wish, our other annotations, is still on it. */
  readonly base: VirtualService
  /** What the object should be. With problems: the object, untouched. */
  readonly result: VirtualService
  /** Undefined: no mirror is asked for, or the annotations cannot be read. */
  readonly plan?: Plan
  readonly intent?: Intent
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * `old` is the object as it is stored, where there is one; it must have the types of one (see shape.ts). Whether `object` has
 * them is judged here. Deterministic and idempotent.
 */
export function edit(object: VirtualService, now: Date, old?: VirtualService): Edit {
  const malformed = shapeProblems(object)
  if (malformed.length > 0) return { base: object, result: object, problems: malformed, warnings: [] }
  const base = strip(object, old)
  const matcher = createMatcher()
  const intent = readIntent(base.metadata.annotations, matcher)
  if (intent === undefined) return { base, result: base, problems: [], warnings: [] }
  if (isProblems(intent)) return { base, result: object, problems: intent, warnings: [] }
  const planned = plan(base, intent, now, matcher)
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
