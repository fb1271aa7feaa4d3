// Checks a rule whose mirrors were typed by hand for what Istio accepts silently but doesn't copy as meant. Pure.
import { fromDestination, sameDestination } from '../../mirror/target.ts'
import type { Problem } from '../../mirror/problem.ts'
import type { HttpRule } from '../../mirror/virtual-service.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import { labelOf } from '../status/summary.ts'
import { link, type Link } from './link.ts'

/** `obstacles`: why a delegate's rules get no requests. */
export function checkRuleByHand(rule: HttpRule, index: number, obstacles: readonly Problem[] = []): Link[] {
  const path = `spec.http[${index}]`
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
