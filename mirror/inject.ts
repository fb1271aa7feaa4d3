// Adds the planned mirrors to a VirtualService. strip.ts removes them: each undoes the other.
import { ANNOTATIONS, PREFIX } from './annotations.ts'
import { formatTarget, toDestination, type ConcreteTarget } from './target.ts'
import type { Plan } from './plan.ts'
import type { MirroredRule } from './rule-plan.ts'
import { httpRules, withAnnotations, withHttpRules, type HttpRule, type VirtualService } from './virtual-service.ts'

/** `plan` must be that of `base` and free of problems. What is not mirrored is shared with `base`, not copied. */
export function inject(base: VirtualService, { rules, targets, problems }: Plan): VirtualService {
  if (problems.length > 0 || targets.length === 0) return base
  const http = httpRules(base).flatMap((rule, index) => {
    const planned = rules[index]
    return planned?.outcome === 'mirrored' ? mirrored(rule, index, planned) : [rule]
  })
  const injected = targets.map(formatTarget).join(',')
  return withAnnotations(withHttpRules(base, http), {
    ...base.metadata.annotations,
    [ANNOTATIONS.injected]: injected
  })
}

/** With a filter, a narrower clone goes right before its rule, so that no other rule's requests are touched. */
function mirrored(rule: HttpRule, index: number, { targets, field, match }: MirroredRule): HttpRule[] {
  const mirroring = field === 'mirror' ? withMirror(rule, targets[0]!) : withMirrors(rule, targets)
  if (match === undefined) return [mirroring]
  return [{ ...mirroring, name: `${PREFIX}${rule.name ?? index}`, match }, rule]
}

function withMirror(rule: HttpRule, target: ConcreteTarget): HttpRule {
  return { ...rule, mirror: toDestination(target), mirrorPercentage: { value: target.percent } }
}

function withMirrors(rule: HttpRule, targets: readonly ConcreteTarget[]): HttpRule {
  const ours = targets.map((target) => ({ destination: toDestination(target), percentage: { value: target.percent } }))
  return { ...rule, mirrors: [...(rule.mirrors ?? []), ...ours] }
}
