// The policy as the chart's values write it -> Policies, or every problem with it. Knows no place where it is kept.
import { parseDuration } from './duration.ts'
import type { Policies, Policy } from './policy.ts'

/** An empty value (`[]`, `""`, `null`) is no rule; in a namespace it lifts the general one. */
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

type Reader = (value: unknown) => Policy | string

/** Each rule's name in the values, and how it is read: into its part of the policy, or what is allowed. */
const RULES: Readonly<Record<string, Reader>> = {
  maxPercent: (value) =>
    typeof value === 'number' && value > 0 && value <= 100 ? { maxPercent: value } : 'a number above 0, at most 100',
  allowedTargetNamespaces: list((allowedTargetNamespaces) => ({ allowedTargetNamespaces })),
  allowedTargetHosts: list((allowedTargetHosts) => ({ allowedTargetHosts })),
  requireExpiry: (value) => (typeof value === 'boolean' ? { requireExpiry: value } : 'true or false'),
  maxDuration(value) {
    const maxDurationMs = typeof value === 'string' ? parseDuration(value) : undefined
    return maxDurationMs === undefined ? 'a duration such as 30m, 24h or 7d' : { maxDurationMs }
  },
  allowedMethods: list((allowedMethods) => ({ allowedMethods })),
  requireKnownTarget: (value) => (typeof value === 'boolean' ? { requireKnownTarget: value } : 'true or false')
}

/** What an empty value lifts. */
const LIFTED: Readonly<Record<string, Policy>> = {
  maxPercent: { maxPercent: undefined },
  maxDuration: { maxDurationMs: undefined }
}

function readPolicy(rules: Readonly<Record<string, unknown>>, path: string, problems: string[]): Policy {
  const parts = Object.entries(rules).map(([name, value]): Policy => {
    const read = RULES[name]
    if (!read) problems.push(`${path}.${name} is no rule; use ${Object.keys(RULES).join(', ')}`)
    if (!read || value === null || value === '') return LIFTED[name] ?? {}
    const part = read(value)
    if (typeof part !== 'string') return part
    problems.push(`${path}.${name}: ${JSON.stringify(value)} is not ${part}`)
    return {}
  })
  return Object.assign({}, ...parts) as Policy // of parts of it
}

function list(wrap: (items: readonly string[] | undefined) => Policy): Reader {
  return (value) => {
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' && item !== ''))
      return 'a list of names'
    return wrap(value.length > 0 ? value : undefined)
  }
}

function readObject(value: unknown, path: string, problems: string[]): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown> // as just seen
  problems.push(`${path}: ${JSON.stringify(value)} is not a map`)
  return {}
}
