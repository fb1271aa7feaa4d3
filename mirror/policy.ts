// The guardrails that a platform team sets, and how the chart's values write them. Knows neither mirrors nor where a policy is kept.
import { isMethod } from './annotations.ts'
import { BOUNDS } from './bounds.ts'
import { parseSize } from './body-size.ts'
import { parsePercent } from './target.ts'
import { parseDuration } from './time.ts'

/** An absent rule is off. `undefined` in a namespace lifts the general rule. */
export interface Policy {
  readonly maxPercent?: number | undefined
  /** `.` is the VirtualService's own. */
  readonly allowedTargetNamespaces?: readonly string[] | undefined
  /** Full hosts, or patterns such as `*.shadow.svc.cluster.local`; a target that matches one needs no allowed namespace. */
  readonly allowedTargetHosts?: readonly string[] | undefined
  readonly requireExpiry?: boolean | undefined
  readonly maxDurationMs?: number | undefined
  readonly allowedMethods?: readonly string[] | undefined
  /** Bytes. */
  readonly maxBody?: number | undefined
  /** Most open copies of mirrors that have no `limit`; 0: any number. */
  readonly defaultLimit?: number | undefined
  readonly requireLimit?: boolean | undefined
  readonly requireKnownTarget?: boolean | undefined
}

export interface Policies extends Policy {
  /** What differs in a namespace: rules replace the general ones of the same name. */
  readonly namespaces?: Readonly<Record<string, Policy>>
}

/** What is in force in a namespace. */
export function policyIn(policies: Policies, namespace: string): Policy {
  const { namespaces, ...general } = policies
  return { ...general, ...namespaces?.[namespace] }
}

/** Whether any namespace requires knowledge of the mesh. */
export function dependsOnMesh({ requireKnownTarget, namespaces = {} }: Policies): boolean {
  return requireKnownTarget === true || Object.values(namespaces).some((policy) => policy.requireKnownTarget === true)
}

/** An empty value (`[]`, `""`, `null`) is no rule; in a namespace it lifts the general rule. */
export function readPolicies(value: unknown): Policies | string[] {
  const problems: string[] = []
  const { namespaces, ...general } = readObject(value, 'policy', problems)
  const policies: Policies = {
    ...readPolicy(general, 'policy', problems),
    namespaces: Object.fromEntries(
      Object.entries(readObject(namespaces, 'policy.namespaces', problems)).map(([name, rules]) => {
        const path = `policy.namespaces.${name}`
        return [name, readPolicy(readObject(rules, path, problems), path, problems)]
      })
    )
  }
  return problems.length > 0 ? problems : policies
}

/** Of the chart's ConfigMap, where the policy is JSON. */
export function parsePolicies(text: string): Policies | string[] {
  try {
    return readPolicies(JSON.parse(text))
  } catch (error) {
    return [`${POLICY_KEY} is not JSON: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** Of that ConfigMap. */
export const POLICY_KEY = 'policy.json'

interface Rule {
  readonly allowed: string
  /** Undefined: not allowed. */
  readonly read: (value: unknown) => Policy[keyof Policy]
}

const NAMES: Rule = { allowed: 'a list of names', read: readNames }
const SWITCH: Rule = {
  allowed: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined)
}

const RULES: Readonly<Record<keyof Policy, Rule>> = {
  maxPercent: {
    allowed: 'a number from 0.0001 to 100, with at most 4 decimals',
    // What a target may ask for, too: a denial shows it as an example.
    read: (value) => (typeof value === 'number' && typeof parsePercent(`${value}`, '') === 'number' ? value : undefined)
  },
  allowedTargetNamespaces: NAMES,
  allowedTargetHosts: NAMES,
  requireExpiry: SWITCH,
  maxDurationMs: {
    allowed: 'a duration such as 30m, 24h or 7d',
    read: (value) => (typeof value === 'string' ? parseDuration(value) : undefined)
  },
  allowedMethods: {
    allowed: 'a list of HTTP methods in upper case',
    read: (value) => (readNames(value)?.every(isMethod) ? readNames(value) : undefined)
  },
  maxBody: {
    allowed: 'a size such as 64Ki or 1Mi',
    read: (value) => (typeof value === 'string' ? parseSize(value) : undefined)
  },
  defaultLimit: {
    allowed: `a whole number from 1 to ${BOUNDS.limit}, or 0`,
    read: (value) =>
      Number.isInteger(value) && Number(value) >= 0 && Number(value) <= BOUNDS.limit ? Number(value) : undefined
  },
  requireLimit: SWITCH,
  requireKnownTarget: SWITCH
}

const KEYS = Object.keys(RULES) as (keyof Policy)[] // its own keys

/** The name of a rule in the chart's values. */
export function nameOfRule(key: keyof Policy): string {
  return key === 'maxDurationMs' ? 'maxDuration' : key
}

function readPolicy(rules: Readonly<Record<string, unknown>>, path: string, problems: string[]): Policy {
  const policy: Partial<Record<keyof Policy, Policy[keyof Policy]>> = {}
  for (const [name, value] of Object.entries(rules)) {
    const key = KEYS.find((one) => nameOfRule(one) === name)
    if (!key) {
      problems.push(`${path}.${name} is not a rule; use one of ${KEYS.map(nameOfRule).join(', ')}`)
      continue
    }
    const rule = RULES[key]
    const read = isEmpty(value) ? undefined : rule.read(value)
    if (read === undefined && !isEmpty(value)) {
      problems.push(`${path}.${name}: ${JSON.stringify(value)} is not ${rule.allowed}`)
    }
    // Set the key even if undefined: that is how a namespace lifts a rule.
    policy[key] = read
  }
  return policy as Policy // each rule reads what its key holds
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function readNames(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '') ? value : undefined
}

function readObject(value: unknown, path: string, problems: string[]): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown> // as just seen
  problems.push(`${path}: ${JSON.stringify(value)} is not a map`)
  return {}
}
