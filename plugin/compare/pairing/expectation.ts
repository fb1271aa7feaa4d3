// Which share of requests like a recorded one the VirtualService mirrors. Pure: its rules, and the record.
import type { ConcreteTarget } from '../../../mirror/target.ts'
import { createMatcher, type Matcher } from '../../../mirror/matcher.ts'
import { readRules } from '../../../mirror/kind-of.ts'
import type { HttpMatch, HttpRule, VirtualService } from '../../../mirror/virtual-service.ts'
import { isSameTarget, mirrorsOf } from '../../resources/destinations.ts'
import type { RequestRecord } from '../sources/record.ts'
import { hostMatches, resolveHost } from '../../../mirror/host.ts'

/** 0..1. Undefined: it depends on something that the record does not show, such as a header. */
export type Expectation = (
  request: Pick<RequestRecord, 'method' | 'path' | 'asked' | 'authority'>
) => number | undefined

/** For copies to `target`. As in Envoy, the first rule that matches decides. */
export function expectationOf(object: VirtualService, target: ConcreteTarget): Expectation {
  const rules = readRules(object).map((rule) => ({ rule, share: shareOf(object, rule, target) }))
  const isServed = servedBy(object)
  // Each expression of the rules is compiled once; a record is one request, so only a single match is bounded.
  const matcher = createMatcher({ instructions: Infinity, steps: Infinity })
  const rewrites = readRules(object).some(rewritesPath)
  return ({ method, path, asked = rewrites ? undefined : path, authority }) => {
    // Another VirtualService may serve it.
    if (authority !== undefined && !isServed(authority)) return 0
    const possible = new Set<number>()
    for (const { rule, share } of rules) {
      const matched = matchesRule(rule, method, asked, matcher)
      if (matched === 'no') continue
      // The rules are in another VirtualService.
      if (rule.delegate) return undefined
      possible.add(share)
      if (matched === 'yes') break
    }
    const [share, ...others] = possible
    // Without a rule it did not come through this VirtualService, but from outside the mesh, for example.
    return others.length > 0 ? undefined : (share ?? 0)
  }
}

function shareOf(object: VirtualService, rule: HttpRule, target: ConcreteTarget): number {
  const shares = mirrorsOf(rule).filter((mirror) => isSameTarget(object, mirror, target))
  return Math.min(1, shares.reduce((sum, { percent }) => sum + percent, 0) / 100)
}

/** Rules match the path before a rewrite; a version sees the one after it. */
function rewritesPath({ rewrite }: HttpRule): boolean {
  // The API server has checked its type.
  const { uri, uriRegexRewrite } = (rewrite ?? {}) as { readonly uri?: string; readonly uriRegexRewrite?: object }
  return uri !== undefined || uriRegexRewrite !== undefined
}

type Certainty = 'yes' | 'no' | 'perhaps'

/** The branches of `match` are OR-ed. `path`: undefined if the record shows only the rewritten one. */
function matchesRule({ match }: HttpRule, method: string, path: string | undefined, matcher: Matcher): Certainty {
  if (!match || match.length === 0) return 'yes'
  const results = new Set(match.map((branch) => matchesBranch(branch, method, path, matcher)))
  return results.has('yes') ? 'yes' : results.has('perhaps') ? 'perhaps' : 'no'
}

/** The conditions of one branch are AND-ed. */
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

/**
 * Tests the authority that the version got. Istio lets a caller write a Service `httpbin`, `httpbin.prod`, `httpbin.prod.svc`
 * or in full, each with a port or without.
 */
function servedBy(object: VirtualService): (authority: string) => boolean {
  const namespace = object.metadata.namespace ?? 'default'
  const hosts = object.spec?.hosts ?? []
  // A delegate serves what its root does.
  if (hosts.length === 0) return () => true
  const tests = [...hosts, ...rewritten(object)].map((host) => hostTest(host.toLowerCase(), namespace))
  return (authority) => {
    const asked = authority.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
    return tests.some((test) => test(asked))
  }
}

function hostTest(host: string, namespace: string): (asked: string) => boolean {
  const service = resolveHost(host, namespace)
  if (!service) return (asked) => hostMatches(host, asked)
  const full = `${service.name}.${service.namespace}.svc`
  const short = new Set([service.name, `${service.name}.${service.namespace}`, full])
  return (asked) => short.has(asked) || asked.startsWith(`${full}.`)
}

/** Hosts that rules rewrite the requested host to. */
function rewritten(object: VirtualService): string[] {
  return readRules(object).flatMap(({ rewrite }) => {
    // The API server has checked its type.
    const { authority } = (rewrite ?? {}) as { readonly authority?: string }
    return authority ? [authority] : []
  })
}
