// The guardrails that the installed webhook reads, and which mirrors break them. The policy's own rules are mirror/'s.
import type { Edit } from '../../mirror/edit.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { checkPolicy } from '../../mirror/check-policy.ts'
import type { Problem } from '../../mirror/problem.ts'
import { parsePolicies, POLICY_KEY, type Policies } from '../../mirror/policy.ts'
import type { Cluster } from '../client/client.ts'
import { asMissingRight, unlessRefused } from '../io/errors.ts'
import { usualHost } from '../../mirror/host.ts'
import type { InstalledWebhook } from './webhook-presence.ts'

export type InstalledPolicy = { readonly place: string } & (
  | { readonly policies: Policies }
  /** Why the webhook cannot read it. */
  | { readonly problems: readonly string[] }
)

/** Undefined: there is no webhook, or none inside the cluster. Throws MissingRight. */
export async function readInstalledPolicy(
  cluster: Cluster,
  webhook: InstalledWebhook | undefined
): Promise<InstalledPolicy | undefined> {
  if (!webhook?.service) return undefined
  // The chart gives both one name.
  const { namespace, name } = webhook.service
  const place = `ConfigMap ${namespace}/${name}-policy`
  const text = await readConfigMap(cluster, namespace, `${name}-policy`)
  if (text === undefined) return { place, problems: [`there is none, or it has no key ${POLICY_KEY}`] }
  const read = parsePolicies(text)
  return Array.isArray(read) ? { place, problems: read } : { place, policies: read }
}

/** Nothing of what cannot be read, or is not in force anyway. */
export function brokenRules(policies: Policies, { plan, intent, base }: Edit, now: Date): Problem[] {
  const { namespace = '' } = base.metadata
  if (!plan || !intent || plan.expired || plan.problems.length > 0) return []
  const inUsualDomain = <T extends { readonly host: string }>(target: T): T => ({
    ...target,
    host: target.host.includes('.') ? usualHost(target.host, namespace) : target.host
  })
  return checkPolicy(policies, {
    kind: kindOf(base),
    intent,
    rules: plan.rules.map((rule) =>
      rule.outcome === 'mirrored' ? { ...rule, targets: rule.targets.map(inUsualDomain) } : rule
    ),
    targets: plan.targets.map(inUsualDomain),
    namespace,
    now,
    // Said of the target itself.
    unknownTargets: []
  })
}

/** Its text; undefined where it, or the key, is not there. */
async function readConfigMap(cluster: Cluster, namespace: string, name: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`
  const reading = cluster.request<{ readonly data?: Readonly<Record<string, string>> | null }>('GET', path)
  const found = await unlessRefused(reading, undefined, 404).catch((error: unknown) => {
    throw asMissingRight(error, `get configmap ${name} in namespace ${namespace}`)
  })
  return found?.data?.[POLICY_KEY]
}
