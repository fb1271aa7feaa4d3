// The DestinationRule with the subsets that limit a mirror's copies. It stands beside the rules of the versions, and Istio
// merges it with them: see docs/decisions/0015-a-subset-of-its-own.md. Pure; fetches nothing. limit-obstacles.ts says where none can be.
import { limitedPolicy } from './limited-policy.ts'
import { limitedName } from './limited-subset.ts'
import { LIMIT_LABEL, OWNER, type DestinationRule, type Subset } from './mesh-objects.ts'

/** The VirtualService whose copies are limited. Without a uid, nothing deletes the rule with it. */
export interface LimitOwner {
  readonly namespace: string
  readonly name: string
  readonly uid?: string
}

export interface Limited {
  /** Full. */
  readonly host: string
  /** Of the targets; undefined: the whole host. */
  readonly subsets: readonly (string | undefined)[]
  readonly limit: number
}

/** `httpbin.kubectl-mirror.shadow`, for a Service beside the VirtualService; of another host the whole name. */
export function limitRuleName({ name, namespace }: LimitOwner, host: string): string {
  const [service = '', place, kind] = host.split('.')
  return `${name}${NAMED}${place === namespace && kind === 'svc' ? service : host}`
}

const NAMED = '.kubectl-mirror.'

/** The VirtualService's name. */
export function ownerInName(name: string): string | undefined {
  const end = name.indexOf(NAMED)
  return end > 0 ? name.slice(0, end) : undefined
}

/**
 * `used`: the rules that Istio uses for the host, without ours, in its order. Undefined: none of the targets is in them now, or
 * each has such a subset already.
 */
export function limitRule(
  owner: LimitOwner,
  { host, subsets, limit }: Limited,
  used: readonly DestinationRule[]
): DestinationRule | undefined {
  const { namespace, name, uid } = owner
  const defined = used.flatMap(({ spec }) => spec?.subsets ?? [])
  const policy = used.find(({ spec }) => spec?.trafficPolicy)?.spec?.trafficPolicy
  const limited = subsets.flatMap((version): Subset[] => {
    const own: Subset | undefined =
      version === undefined ? { name: '', labels: {} } : defined.find((one) => one.name === version)
    const as = limitedName(version)
    if (own === undefined || defined.some((one) => one.name === as)) return []
    const trafficPolicy = limitedPolicy(policy, own.trafficPolicy, limit)
    return [{ name: as, ...(own.labels && { labels: own.labels }), trafficPolicy }]
  })
  if (limited.length === 0) return undefined
  const { host: written = host, exportTo } = used[0]?.spec ?? {}
  return {
    apiVersion: OWNER.apiVersion,
    kind: 'DestinationRule',
    metadata: {
      name: limitRuleName(owner, host),
      ...(namespace && { namespace }),
      labels: { [LIMIT_LABEL]: String(limit) },
      ...(uid && { ownerReferences: [{ ...OWNER, name, uid }] })
    },
    spec: { host: written, ...(exportTo?.length && { exportTo }), subsets: limited }
  }
}
