// The guardrails that a platform team sets: which mirrors may be asked for. Pure; where the policy is kept is not known here.
import { annotationPath, type Intent } from './annotations.ts'
import { nameOf, type ConcreteTarget } from './destination.ts'
import { formatDuration } from './duration.ts'
import { fullHost, hostMatches } from './host.ts'
import { problem, quoted, type Problem } from './problem.ts'

/** Every rule is off unless it is there. `undefined` in a namespace lifts the general one. */
export interface Policy {
  readonly maxPercent?: number | undefined
  /** `.` is the VirtualService's own. */
  readonly allowedTargetNamespaces?: readonly string[] | undefined
  /** Full hosts, or patterns such as `*.shadow.svc`; a target that one of them allows needs no allowed namespace. */
  readonly allowedTargetHosts?: readonly string[] | undefined
  readonly requireExpiry?: boolean
  readonly maxDurationMs?: number | undefined
  readonly allowedMethods?: readonly string[] | undefined
  readonly requireKnownTarget?: boolean
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
  /** What would be injected. */
  readonly targets: readonly ConcreteTarget[]
  readonly namespace: string
  readonly now: Date
  /** What check-targets.ts found. */
  readonly unknownTargets: readonly Problem[]
}

/** Empty when the mirror may be. Each problem names the value of the chart that forbids it. */
export function checkPolicy(policies: Policies, asked: Asked): Problem[] {
  const override = policies.namespaces?.[asked.namespace] ?? {}
  const policy = { ...policies, ...override }
  /** As it is written in the chart's values. */
  const named = (rule: keyof Policy | 'maxDuration'): string => {
    const key = rule === 'maxDuration' ? 'maxDurationMs' : rule
    return key in override ? `policy.namespaces.${asked.namespace}.${rule}` : `policy.${rule}`
  }
  return [
    ...percentProblems(policy, asked, named('maxPercent')),
    ...targetProblems(policy, asked, named),
    ...expiryProblems(policy, asked, named),
    ...methodProblems(policy, asked, named('allowedMethods')),
    ...(policy.requireKnownTarget ? asked.unknownTargets.map((one) => required(one, named('requireKnownTarget'))) : [])
  ]
}

function percentProblems({ maxPercent = 100 }: Policy, { targets }: Asked, value: string): Problem[] {
  const tooMuch = targets.filter(({ percent }) => percent > maxPercent)
  return tooMuch.map((target) =>
    problem('percentForbidden', annotationPath('to'), {
      found: `${target.percent} %`,
      target: nameOf(target),
      value,
      allowed: `${maxPercent} %`
    })
  )
}

function targetProblems(
  policy: Policy,
  { targets, namespace }: Asked,
  named: (rule: keyof Policy) => string
): Problem[] {
  const { allowedTargetNamespaces: namespaces, allowedTargetHosts: hosts } = policy
  if (!namespaces && !hosts) return []
  const allowed = namespaces?.map((one) => (one === '.' ? namespace : one)) ?? []
  const forbidden = targets.filter((target) => {
    const host = fullHost(target.host, namespace)
    const [, where = '', svc] = host.split('.')
    return !(svc === 'svc' && allowed.includes(where)) && !hosts?.some((pattern) => hostMatches(pattern, host))
  })
  const values = [
    ...(namespaces ? [`${named('allowedTargetNamespaces')} (${quoted(allowed)})`] : []),
    ...(hosts ? [`${named('allowedTargetHosts')} (${quoted(hosts)})`] : [])
  ]
  return forbidden.map((target) =>
    problem('targetForbidden', annotationPath('to'), { target: nameOf(target), value: values.join(' and ') })
  )
}

function expiryProblems(
  policy: Policy,
  { intent, now }: Asked,
  named: (rule: 'requireExpiry' | 'maxDuration') => string
) {
  const { requireExpiry, maxDurationMs } = policy
  const at = annotationPath('until')
  if (!intent.until) {
    if (!requireExpiry && maxDurationMs === undefined) return []
    const value = named(requireExpiry ? 'requireExpiry' : 'maxDuration')
    const allowed = maxDurationMs === undefined ? 'a time' : `a time at most ${formatDuration(maxDurationMs)} from now`
    return [problem('untilRequired', at, { value, allowed })]
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

/** Without the annotation every method is copied, so it is then required. */
function methodProblems({ allowedMethods }: Policy, { intent }: Asked, value: string): Problem[] {
  if (!allowedMethods) return []
  const forbidden = intent.methods.filter((method) => !allowedMethods.includes(method))
  if (intent.methods.length > 0 && forbidden.length === 0) return []
  const found = intent.methods.length > 0 ? quoted(forbidden) : 'every method'
  return [problem('methodForbidden', annotationPath('methods'), { found, value, allowed: allowedMethods.join(',') })]
}

function required({ path, message }: Problem, value: string): Problem {
  return problem('targetRequired', path, { found: message, value })
}
