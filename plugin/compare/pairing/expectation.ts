// Which share of requests like a recorded one the VirtualService mirrors. Pure: its rules, and the record.
import type { ConcreteTarget } from '../../../mirror/target.ts'
import { createMatcher, type Matcher } from '../../../mirror/matcher.ts'
import { httpRules, type HttpMatch, type HttpRule, type VirtualService } from '../../../mirror/virtual-service.ts'
import { isSameTarget, mirrorsOf } from '../../resources/destinations.ts'
import { servedBy } from './authority.ts'
import type { RequestRecord } from '../sources/record.ts'

/** 0..1; undefined: it hangs on something that the record does not show, such as a header. */
export type Expectation = (
  request: Pick<RequestRecord, 'method' | 'path' | 'asked' | 'authority'>
) => number | undefined

/** Of copies to `target`. Rules are asked in their order, as Envoy does: the first that matches decides. */
export function expectationOf(object: VirtualService, target: ConcreteTarget): Expectation {
  const rules = httpRules(object).map((rule) => ({ rule, share: shareOf(object, rule, target) }))
  const isServed = servedBy(object)
  // Each expression of the rules is compiled once; a record is one request, so only a single match is bounded.
  const matcher = createMatcher({ instructions: Infinity, steps: Infinity })
  const rewrites = httpRules(object).some(rewritesPath)
  return ({ method, path, asked = rewrites ? undefined : path, authority }) => {
    // Another VirtualService's, or nobody's.
    if (authority !== undefined && !isServed(authority)) return 0
    const possible = new Set<number>()
    for (const { rule, share } of rules) {
      const matched = matchesRule(rule, method, asked, matcher)
      if (matched === 'no') continue
      // Its rules are another VirtualService's.
      if (rule.delegate) return undefined
      possible.add(share)
      if (matched === 'yes') break
    }
    const [share, ...others] = possible
    // No rule at all: it reached the version by another way than this VirtualService, for example from outside the mesh.
    return others.length > 0 ? undefined : (share ?? 0)
  }
}

function shareOf(object: VirtualService, rule: HttpRule, target: ConcreteTarget): number {
  const shares = mirrorsOf(rule).filter((mirror) => isSameTarget(object, mirror, target))
  return Math.min(1, shares.reduce((sum, { percent }) => sum + percent, 0) / 100)
}

/** Rules match the path before it; a version sees the one after it. */
function rewritesPath({ rewrite }: HttpRule): boolean {
  // The API server has seen to its type.
  const { uri, uriRegexRewrite } = (rewrite ?? {}) as { readonly uri?: string; readonly uriRegexRewrite?: object }
  return uri !== undefined || uriRegexRewrite !== undefined
}

type Certainty = 'yes' | 'no' | 'perhaps'

/** The branches of `match` are OR-ed. */
/** `path`: undefined where the record shows only what became of it. */
function matchesRule({ match }: HttpRule, method: string, path: string | undefined, matcher: Matcher): Certainty {
  if (!match || match.length === 0) return 'yes'
  const results = new Set(match.map((branch) => matchesBranch(branch, method, path, matcher)))
  return results.has('yes') ? 'yes' : results.has('perhaps') ? 'perhaps' : 'no'
}

/** What stands in one branch is AND-ed. */
function matchesBranch(branch: HttpMatch, method: string, path: string | undefined, matcher: Matcher): Certainty {
  const { method: methods, uri, ignoreUriCase, name: _, ...others } = branch
  const byMethod = matcher.matches(methods, method)
  const byPath =
    path === undefined
      ? uri === undefined || undefined
      : matcher.matches(uri, path.split('?', 1)[0]!, { ignoreCase: ignoreUriCase === true })
  if (byMethod === false || byPath === false) return 'no'
  return byMethod && byPath && Object.keys(others).length === 0 ? 'yes' : 'perhaps'
}
