// How much a plan adds to its object, before anything is made. Knows no limit.
import type { Intent } from './annotations.ts'
import { nameOf, type ConcreteTarget } from './destination.ts'
import { formatFilter } from './filter.ts'
import type { RulePlan } from './plan.ts'

/** Characters of a mirror in JSON, without host and subset. */
const MIRROR = 50

/** At least so many characters are added: mirrors, and the conditions of clones. Copies of the rules are not counted. */
export function growthOf(rules: readonly RulePlan[], intent: Intent): number {
  const filter = formatFilter(intent).length
  const known = new Map<readonly ConcreteTarget[], number>()
  return rules.reduce((sum, rule) => {
    if (rule.outcome === 'skipped') return sum
    const { targets, match = [] } = rule
    const mirrors = known.get(targets) ?? targets.reduce((all, target) => all + MIRROR + nameOf(target).length, 0)
    known.set(targets, mirrors)
    return sum + mirrors + match.length * filter
  }, 0)
}
