// Checks each rule of a VirtualService: against what the annotations ask for, or one mirrored by hand for itself. Pure.
import { isDeepStrictEqual } from 'node:util'
import { fromDestination, sameDestination } from '../../mirror/target.ts'
import type { Edit } from '../../mirror/edit.ts'
import type { Problem } from '../../mirror/problem.ts'
import { readRules } from '../../mirror/kind-of.ts'
import type { HttpRule } from '../../mirror/virtual-service.ts'
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
  const asked = readRules(result)
  const found = readRules(object)
  let position = 0
  return (plan?.rules ?? []).map((rule, index) => {
    const described = describeRule(rule, readRules(base)[index])
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

/** Of a mirror typed by hand: what Istio accepts silently, but doesn't copy as meant. */
export function checkRuleByHand(rule: HttpRule, path: string, obstacles: readonly Problem[] = []): Link[] {
  if (!rule.mirror && !rule.mirrors?.length) return []
  const instead = rule.redirect ? 'redirects' : rule.directResponse ? 'responds directly' : undefined
  if (instead !== undefined) {
    const detail = `mirrors, but ${instead}; Envoy copies only requests that it routes`
    return [link('failed', path, detail, 'give it a route, or move the mirror to a rule that has one')]
  }
  const mirrors = mirrorsOf(rule)
  if (mirrors.length === 0) return [link('failed', path, 'copies 0 % of its requests', 'set mirrorPercentage.value')]
  const described = mirrors.map((mirror) => `${labelOf(mirror)}, ${mirror.percent}%`).join(' and ')
  const answering = mirrors.filter((mirror) =>
    rule.route?.some(({ destination }) => sameDestination(fromDestination(destination ?? {}), mirror))
  )
  const dropped = obstacles.filter((one) => one.path === path)
  return [
    ...dropped.map(({ message }) => link('failed', path, message)),
    ...(dropped.length > 0 ? [] : [link('ok', path, `mirrors to ${described}`)]),
    ...emptyEntries(rule).map((entry) =>
      link('warning', `${path}.${entry}`, 'copies 0 % of the requests', 'set its percentage.value, or remove the entry')
    ),
    ...answering.map((mirror) => {
      const detail = `mirrors to ${labelOf(mirror)}, which is also live: it gets those requests twice`
      return link('warning', path, detail, 'mirror to a version that the rule does not route to')
    })
  ]
}

/** Go clients write 0 as `{}`. */
function emptyEntries({ mirrors }: HttpRule): string[] {
  return (mirrors ?? []).flatMap(({ percentage }, index) =>
    percentage && !percentage.value ? [`mirrors[${index}]`] : []
  )
}
