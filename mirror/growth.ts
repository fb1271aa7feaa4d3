// How much a plan adds to its object, before anything is made. Knows no limit.
import type { Intent } from './annotations.ts'
import { nameOf, type ConcreteTarget } from './target.ts'
import type { RulePlan } from './plan.ts'

/** Characters of a mirror in JSON, without host and subset. */
const MIRROR = 50

/** About so many characters are added: mirrors, and the conditions of clones. Copies of the rules are not counted. */
export function growthOf(rules: readonly RulePlan[], { methods, headers }: Intent): number {
  const filter = JSON.stringify({ method: { regex: methods.join('|') }, headers }).length
  const known = new Map<readonly ConcreteTarget[], number>()
  return rules.reduce((sum, rule) => {
    if (rule.outcome === 'skipped') return sum
    const { targets, match = [] } = rule
    const mirrors = known.get(targets) ?? targets.reduce((all, target) => all + MIRROR + nameOf(target).length, 0)
    known.set(targets, mirrors)
    return sum + mirrors + match.length * filter
  }, 0)
}
