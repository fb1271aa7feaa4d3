// The guardrails that a platform team sets: which mirrors may be asked for. Pure; where the policy is kept is not known here.
import { annotationPath, type Intent } from './annotations.ts'
import type { ConcreteTarget } from './target.ts'
import { formatDuration } from './time.ts'
import type { RulePlan } from './plan.ts'
import { problem, quoted, type Problem } from './problem.ts'
import { percentProblems, targetProblems } from './target-policy.ts'

/** Every rule is off unless it is there. `undefined` in a namespace lifts the general one. */
export interface Policy {
  readonly maxPercent?: number | undefined
  /** `.` is the VirtualService's own. */
  readonly allowedTargetNamespaces?: readonly string[] | undefined
  /** Full hosts, or patterns such as `*.shadow.svc.cluster.local`; a target that one of them allows needs no allowed namespace. */
  readonly allowedTargetHosts?: readonly string[] | undefined
  readonly requireExpiry?: boolean | undefined
  readonly maxDurationMs?: number | undefined
  readonly allowedMethods?: readonly string[] | undefined
  readonly requireKnownTarget?: boolean | undefined
}

export interface Policies extends Policy {
  /** What differs in a namespace: rules replace the general ones of the same name. */
  readonly namespaces?: Readonly<Record<string, Policy>>
}

/** Whether any namespace's mirrors depend on what is known of the mesh. */
export function dependsOnMesh({ requireKnownTarget, namespaces = {} }: Policies): boolean {
  return requireKnownTarget === true || Object.values(namespaces).some((policy) => policy.requireKnownTarget === true)
}

export interface Asked {
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

/** A rule as it is written in the chart's values. */
export type Named = (rule: Exclude<keyof Policy, 'maxDurationMs'> | 'maxDuration') => string

/** Empty when the mirror may be. Each problem names the value of the chart that forbids it. */
export function checkPolicy(policies: Policies, asked: Asked): Problem[] {
  const override = policies.namespaces?.[asked.namespace] ?? {}
  const policy = { ...policies, ...override }
  const named: Named = (rule) => {
    const key = rule === 'maxDuration' ? 'maxDurationMs' : rule
    return key in override ? `policy.namespaces.${asked.namespace}.${rule}` : `policy.${rule}`
  }
  return [
    ...percentProblems(policy, asked, named),
    ...targetProblems(policy, asked, named),
    ...expiryProblems(policy, asked, named),
    ...methodProblems(policy, asked, named),
    ...existenceProblems(policy, asked, named)
  ]
}

function expiryProblems(policy: Policy, { intent, now }: Asked, named: Named): Problem[] {
  const { requireExpiry, maxDurationMs } = policy
  const at = annotationPath('until')
  if (!intent.until) {
    if (!requireExpiry && maxDurationMs === undefined) return []
    const value = named(requireExpiry ? 'requireExpiry' : 'maxDuration')
    const allowed = maxDurationMs === undefined ? 'a time' : `a time at most ${formatDuration(maxDurationMs)} from now`
    const proposed = Math.min(HOUR_MS, maxDurationMs ?? HOUR_MS)
    const example = new Date(now.getTime() + proposed).toISOString()
    return [problem('untilRequired', at, { value, allowed, example, duration: formatDuration(proposed) })]
  }
  if (maxDurationMs === undefined || intent.until.getTime() - now.getTime() <= maxDurationMs) return []
  const latest = new Date(now.getTime() + maxDurationMs).toISOString()
  const values = {
    found: intent.until.toISOString(),
    value: named('maxDuration'),
    allowed: formatDuration(maxDurationMs)
  }
  return [problem('untilTooLate', at, { ...values, latest })]
}

const HOUR_MS = 3_600_000

/** Without the annotation every method is copied, so it is then required. */
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

function existenceProblems({ requireKnownTarget }: Policy, { unknownTargets }: Asked, named: Named): Problem[] {
  if (!requireKnownTarget) return []
  // With several ports and none named the target exists: Istio may yet find one.
  const missing = unknownTargets.filter(({ code }) => code !== 'portAmbiguous')
  const value = named('requireKnownTarget')
  return missing.map(({ path, message }) => problem('targetRequired', path, { found: message, value }))
}
