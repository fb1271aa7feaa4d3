// Adds the planned mirrors to a route. strip.ts removes them: each undoes the other.
import { ANNOTATIONS, PREFIX } from './annotations.ts'
import { isDelegate } from './delegation.ts'
import type { Place } from './host.ts'
import { kindOf, rulesOf, withRules } from './kind-of.ts'
import { asInjected } from './limited-subset.ts'
import type { Plan } from './plan.ts'
import type { RouteObject } from './route-kind.ts'
import { withAnnotations } from './virtual-service.ts'

/** `plan` must be that of `base` and free of problems. What is not mirrored is shared with `base`, not copied. */
export function inject<T extends RouteObject>(base: T, { rules, targets, problems }: Plan, place: Place): T {
  if (problems.length > 0 || targets.length === 0) return base
  const kind = kindOf(base)
  const where = { place, inDelegate: isDelegate(base) }
  const injected = rulesOf(base).flatMap((rule, index) => {
    const planned = rules[index]
    if (planned?.outcome !== 'mirrored') return [rule]
    const mirroring = kind.withMirrors(rule, planned.targets.map(asInjected), where)
    // With a filter, a narrower clone goes right before its rule, so that no other rule's requests are touched.
    const { match, name = index } = planned
    return match === undefined ? [mirroring] : [{ ...mirroring, name: `${PREFIX}${name}`, match }, rule]
  })
  return withAnnotations(withRules(base, injected), {
    ...base.metadata.annotations,
    [ANNOTATIONS.injected]: targets.map((target) => kind.format(asInjected(target), place)).join(',')
  })
}
