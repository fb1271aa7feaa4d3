// The guardrails on targets: where copies may go, and how many of them. Pure; part of policy.ts.
import { annotationPath } from './annotations.ts'
import { formatTarget, nameOf, type ConcreteTarget } from './target.ts'
import { fullHost, hostMatches, namespaceOf, type Place } from './host.ts'
import type { Asked, Named, Policy } from './policy.ts'
import { problem, quoted, type Problem } from './problem.ts'

/**
 * A request meets one rule, so what a rule asks for is what a destination gets. Ports and spellings of one are added up:
 * the same pods get the copies.
 */
export function percentProblems({ maxPercent }: Policy, asked: Asked, named: Named): Problem[] {
  if (maxPercent === undefined) return []
  const tooMuch = new Map<string, ConcreteTarget>()
  // Most rules share one list, and most lists as a whole ask for less.
  for (const targets of new Set(asked.rules.map((rule) => (rule.outcome === 'mirrored' ? rule.targets : [])))) {
    if (sum(targets) <= maxPercent) continue
    for (const [destination, target] of destinationsOf(targets, asked)) {
      const highest = tooMuch.get(destination)?.percent ?? maxPercent
      if (target.percent > highest) tooMuch.set(destination, target)
    }
  }
  return Array.from(tooMuch.values(), (target) =>
    problem('percentForbidden', annotationPath('to'), {
      found: `${target.percent} %`,
      target: nameOf(target),
      value: named('maxPercent'),
      allowed: `${maxPercent} %`,
      example: formatTarget({ ...target, percent: maxPercent })
    })
  )
}

export function targetProblems(policy: Policy, { targets, namespace, clusterDomain }: Asked, named: Named): Problem[] {
  const { allowedTargetNamespaces: namespaces, allowedTargetHosts: hosts } = policy
  if (!namespaces && !hosts) return []
  const allowed = namespaces?.map((one) => (one === '.' ? namespace : one)) ?? []
  const forbidden = targets.filter((target) => {
    const host = fullHost(target.host, namespace, clusterDomain)
    return (
      !allowed.includes(namespaceOf(host, clusterDomain) ?? '') && !hosts?.some((pattern) => hostMatches(pattern, host))
    )
  })
  const values = [
    ...(namespaces ? [`${named('allowedTargetNamespaces')} (${quoted(allowed)})`] : []),
    ...(hosts ? [`${named('allowedTargetHosts')} (${quoted(hosts)})`] : [])
  ]
  return forbidden.map((target) => {
    const example = exampleFor(target.subset, { hosts: hosts ?? [], namespaces: allowed }, { namespace, clusterDomain })
    return problem('targetForbidden', annotationPath('to'), {
      target: nameOf(target),
      value: values.join(' or '),
      example
    })
  })
}

/** A target that is permitted, with the subset that was asked for. */
function exampleFor(
  subset: string | undefined,
  { hosts, namespaces }: { readonly hosts: readonly string[]; readonly namespaces: readonly string[] },
  { namespace, clusterDomain }: Place
): string {
  if (namespaces.includes(namespace) && subset) return subset
  const host =
    namespaces.length > 0 ? fullHost('NAME', namespaces[0]!, clusterDomain) : hosts[0]?.replace(/^\*/, 'NAME')
  return host === undefined ? 'none' : `${host}/${subset ?? ''}`
}

/** Each destination as its first target names it, with what all its targets ask for together. */
function destinationsOf(
  targets: readonly ConcreteTarget[],
  { namespace, clusterDomain }: Asked
): ReadonlyMap<string, ConcreteTarget> {
  const destinations = new Map<string, ConcreteTarget>()
  for (const target of targets) {
    const key = `${fullHost(target.host, namespace, clusterDomain)}/${target.subset ?? ''}`
    const known = destinations.get(key)
    destinations.set(key, known ? { ...known, percent: sum([known, target]) } : target)
  }
  return destinations
}

/** In ten-thousandths, the finest that a target can be: 0.1 and 0.2 are 0.3. */
function sum(targets: readonly ConcreteTarget[]): number {
  return targets.reduce((all, { percent }) => all + Math.round(percent * 10_000), 0) / 10_000
}
