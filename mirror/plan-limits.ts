// The DestinationRules that limit a planned mirror, where they are made at once: by `enable --direct` and `render`. With them all, or
// why there can be none. Pure.
import { annotationPath, type Intent } from './annotations.ts'
import { fullHost, hostMatches, type Place } from './host.ts'
import { hostRules, limitObstacle } from './limit-obstacles.ts'
import { limitRule, type LimitOwner } from './limit-rule.ts'
import { readDestinationRule, type DestinationRule } from './mesh-objects.ts'
import type { Plan } from './plan.ts'
import { problem, type Problem } from './problem.ts'

export interface KnownRules {
  /** Of every namespace that could decide. */
  readonly rules: readonly DestinationRule[]
  /** Namespaces of the Service or ServiceEntries of a full host. */
  readonly services: (host: string) => readonly string[]
}

export interface PlannedLimits {
  readonly rules: readonly DestinationRule[]
  readonly problems: readonly Problem[]
}

export function planLimits(
  { intent, plan }: { readonly intent?: Pick<Intent, 'limit'>; readonly plan?: Pick<Plan, 'targets'> },
  owner: LimitOwner,
  { clusterDomain }: Pick<Place, 'clusterDomain'>,
  known: KnownRules
): PlannedLimits {
  const limit = intent?.limit
  const planned = { rules: [] as DestinationRule[], problems: [] as Problem[] }
  if (typeof limit !== 'number') return planned
  const full = (host: string, namespace: string) => fullHost(host, namespace, clusterDomain)
  const hosts = new Map<string, Set<string | undefined>>()
  for (const { host, subset, limited } of plan?.targets ?? []) {
    const name = full(host, owner.namespace)
    if (limited) hosts.set(name, (hosts.get(name) ?? new Set()).add(subset))
  }
  if (hosts.size > 0 && owner.name === '')
    return { rules: [], problems: [problem('limitNameMissing', annotationPath('limit'))] }
  const read = known.rules.map((rule) => ({
    ...readDestinationRule(rule, full),
    rule,
    subsets: new Map((rule.spec?.subsets ?? []).map(({ name }) => [name, undefined]))
  }))
  for (const [host, subsets] of hosts) {
    const matching = read.filter((rule) => hostMatches(rule.host, host))
    const found = hostRules(matching, { host, client: owner.namespace, services: known.services(host) })
    const obstacles = [...subsets].flatMap((subset) => {
      const target = { host, limit, ...(subset !== undefined && { subset }) }
      const isDefined =
        subset === undefined
          ? found.used.length + found.services.length > 0
          : found.used.some((rule) => rule.subsets.has(subset))
      const missing = { target: subset ?? host }
      return (
        limitObstacle(target, owner, found) ??
        (isDefined ? [] : problem('limitVersionUnknown', annotationPath('limit'), missing))
      )
    })
    planned.problems.push(...obstacles)
    const made = limitRule(
      owner,
      { host, subsets: [...subsets], limit },
      found.used.map(({ rule }) => rule)
    )
    if (obstacles.length === 0 && made) planned.rules.push(made)
  }
  return planned
}
