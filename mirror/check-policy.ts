// Which guardrails a mirror breaks: how much of it, where to, for how long, which methods and bodies, with which limit, and whether its targets exist. Pure.
import { annotationPath, type Intent } from './annotations.ts'
import { formatSize } from './body-size.ts'
import { fullHost, hostMatches, namespaceOf } from './host.ts'
import type { RulePlan } from './rule-plan.ts'
import { nameOfRule, policyIn, type Policies, type Policy } from './policy.ts'
import { problem, quoted, type Problem } from './problem.ts'
import type { RouteKind } from './route-kind.ts'
import type { ConcreteTarget } from './target.ts'
import { formatDuration } from './time.ts'

export interface Asked {
  readonly kind: RouteKind
  readonly intent: Intent
  /** What would be injected, rule by rule. */
  readonly rules: readonly RulePlan[]
  /** The distinct targets of these. */
  readonly targets: readonly ConcreteTarget[]
  readonly namespace: string
  readonly clusterDomain?: string | undefined
  readonly now: Date
  /** What check-targets.ts found. */
  readonly unknownTargets: readonly Problem[]
}

/** The path of a rule in the chart's values. */
type Named = (rule: keyof Policy) => string

/** Empty if the mirror is permitted. Each problem names the chart value that forbids it. */
export function checkPolicy(policies: Policies, asked: Asked): Problem[] {
  const override = policies.namespaces?.[asked.namespace] ?? {}
  const policy = policyIn(policies, asked.namespace)
  const named: Named = (rule) => {
    const place = rule in override ? `policy.namespaces.${asked.namespace}` : 'policy'
    return `${place}.${nameOfRule(rule)}`
  }
  return [
    ...percentProblems(policy, asked, named),
    ...targetProblems(policy, asked, named),
    ...expiryProblems(policy, asked, named),
    ...methodProblems(policy, asked, named),
    ...bodyProblems(policy, asked, named),
    ...limitProblems(policy, asked, named),
    ...existenceProblems(policy, asked, named)
  ]
}

function expiryProblems(policy: Policy, { intent, now }: Asked, named: Named): Problem[] {
  const { requireExpiry, maxDurationMs } = policy
  const at = annotationPath('until')
  if (!intent.until) {
    if (!requireExpiry && maxDurationMs === undefined) return []
    const value = named(requireExpiry ? 'requireExpiry' : 'maxDurationMs')
    const allowed = maxDurationMs === undefined ? 'a time' : `a time at most ${formatDuration(maxDurationMs)} from now`
    const proposed = Math.min(HOUR_MS, maxDurationMs ?? HOUR_MS)
    const example = new Date(now.getTime() + proposed).toISOString()
    return [problem('untilRequired', at, { value, allowed, example, duration: formatDuration(proposed) })]
  }
  if (maxDurationMs === undefined || intent.until.getTime() - now.getTime() <= maxDurationMs) return []
  const latest = new Date(now.getTime() + maxDurationMs).toISOString()
  const values = {
    found: intent.until.toISOString(),
    value: named('maxDurationMs'),
    allowed: formatDuration(maxDurationMs)
  }
  return [problem('untilTooLate', at, { ...values, latest })]
}

const HOUR_MS = 3_600_000

/** Without the annotation every method is copied, so the annotation is required. */
function methodProblems({ allowedMethods }: Policy, { intent }: Asked, named: Named): Problem[] {
  if (!allowedMethods) return []
  const forbidden = intent.methods.filter((method) => !allowedMethods.includes(method))
  if (intent.methods.length > 0 && forbidden.length === 0) return []
  const found = intent.methods.length > 0 ? quoted(forbidden) : 'every method'
  const values = {
    found,
    value: named('allowedMethods'),
    allowed: allowedMethods.join(','),
    example: allowedMethods[0] ?? ''
  }
  return [problem('methodForbidden', annotationPath('methods'), values)]
}

/** Without the annotation bodies of any size are copied, so it is then required. */
function bodyProblems({ maxBody }: Policy, { intent, kind }: Asked, named: Named): Problem[] {
  if (maxBody === undefined || (intent.maxBody !== undefined && intent.maxBody <= maxBody)) return []
  const why = kind.unsupported.maxBody
  if (why !== undefined) {
    const values = { value: named('maxBody'), allowed: formatSize(maxBody), why }
    return [problem('maxBodyImpossible', annotationPath('to'), values)]
  }
  const found = intent.maxBody === undefined ? 'bodies of any size' : `bodies up to ${formatSize(intent.maxBody)}`
  const values = { found, value: named('maxBody'), allowed: formatSize(maxBody) }
  return [problem('maxBodyForbidden', annotationPath('maxBody'), values)]
}

/** A default is no breach of it: admission has filled it in. */
function limitProblems({ requireLimit, defaultLimit }: Policy, { intent, kind }: Asked, named: Named): Problem[] {
  if (intent.limit !== undefined) return []
  const value = named(requireLimit ? 'requireLimit' : 'defaultLimit')
  const why = kind.unsupported.limit
  if (why !== undefined)
    return requireLimit || defaultLimit ? [problem('limitImpossible', annotationPath('to'), { value, why })] : []
  return requireLimit ? [problem('limitRequired', annotationPath('limit'), { value })] : []
}

function existenceProblems({ requireKnownTarget }: Policy, { unknownTargets }: Asked, named: Named): Problem[] {
  if (!requireKnownTarget) return []
  // A target without a port exists even if its host has several.
  const missing = unknownTargets.filter(({ code }) => code !== 'portAmbiguous')
  const value = named('requireKnownTarget')
  return missing.map(({ path, message }) => problem('targetRequired', path, { found: message, value }))
}

/**
 * A request matches one rule, so the limit applies per rule. Ports and spellings of one destination are added up: the same pods get
 * the copies.
 */
function percentProblems({ maxPercent }: Policy, asked: Asked, named: Named): Problem[] {
  if (maxPercent === undefined) return []
  const tooMuch = new Map<string, ConcreteTarget>()
  // Most rules share one list, and most lists stay below the limit in total.
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
      target: nameIn(asked, target),
      value: named('maxPercent'),
      allowed: `${maxPercent} %`,
      example: asked.kind.format({ ...target, percent: maxPercent }, asked)
    })
  )
}

function targetProblems(policy: Policy, asked: Asked, named: Named): Problem[] {
  const { targets, namespace, clusterDomain } = asked
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
    const example = exampleFor(target.subset, { hosts: hosts ?? [], namespaces: allowed }, asked)
    return problem('targetForbidden', annotationPath('to'), {
      target: nameIn(asked, target),
      value: values.join(' or '),
      example
    })
  })
}

/** A permitted target with the requested subset. */
function exampleFor(
  subset: string | undefined,
  { hosts, namespaces }: { readonly hosts: readonly string[]; readonly namespaces: readonly string[] },
  { kind, namespace, clusterDomain }: Asked
): string {
  if (namespaces.includes(namespace) && subset) return subset
  const host =
    namespaces.length > 0 ? fullHost('NAME', namespaces[0]!, clusterDomain) : hosts[0]?.replace(/^\*/, 'NAME')
  return host === undefined ? 'none' : kind.format({ host, ...(subset && { subset }) }, { namespace, clusterDomain })
}

/** Without the percentage. */
function nameIn(asked: Asked, { percent: _, ...target }: ConcreteTarget): string {
  return asked.kind.format(target, asked)
}

/** Each destination under its first target's name, with the sum of its targets' percentages. */
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
