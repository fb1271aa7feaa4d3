// Checks each rule of a VirtualService against what the annotations ask for. Pure.
import { isDeepStrictEqual } from 'node:util'
import type { Edit } from '../../mirror/edit.ts'
import type { Problem } from '../../mirror/problem.ts'
import { httpRules, type HttpRule } from '../../mirror/virtual-service.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import { describeRule, labelOf } from '../status/summary.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { link, type Link } from './link.ts'

/**
 * No links if the annotations cannot be met. `obstacles`: why a delegate's rules get no requests, by path in the object. Links
 * name the rules of the base, without our clones.
 */
export function checkRules(
  object: StoredVirtualService,
  { base, result, plan, problems }: Edit,
  obstacles: readonly Problem[] = []
): Link[] {
  if (problems.length > 0) return []
  const asked = httpRules(result)
  const found = httpRules(object)
  let position = 0
  return (plan?.rules ?? []).map((rule, index) => {
    const described = describeRule(rule, httpRules(base)[index])
    const at = position
    position += rule.outcome === 'mirrored' && rule.match ? 2 : 1
    if (rule.outcome === 'skipped') return link('warning', rule.path, described)
    if (isDeepStrictEqual(asked[at], found[at])) {
      const dropped = obstacles.filter(({ path }) => path === `spec.http[${at}]`).map(({ message }) => message)
      return link(dropped.length > 0 ? 'failed' : 'ok', rule.path, [described, ...dropped].join(', but '))
    }
    const instead = asked.length === found.length ? describeMirrors(found[at]) : 'other rules'
    return link('failed', rule.path, `asked for ${described}; found ${instead}`)
  })
}

function describeMirrors(rule: HttpRule = {}): string {
  const mirrors = mirrorsOf(rule).map((mirror) => `${labelOf(mirror)}, ${mirror.percent}%`)
  return mirrors.length > 0 ? `a mirror to ${mirrors.join(' and ')}` : 'no mirror'
}
