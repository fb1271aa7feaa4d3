// Whether the webhook's policy can be read, and which existing mirrors break it: these stay until they are changed.
import { edit } from '../../mirror/edit.ts'
import { nameOfRule, type Policies, type Policy } from '../../mirror/policy.ts'
import { listed } from '../../mirror/problem.ts'
import { listSeen } from '../resources/all-virtual-services.ts'
import type { Cluster } from '../client/client.ts'
import { brokenRules, readInstalledPolicy } from '../resources/installed-policy.ts'
import { unlessRefused } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { plural } from '../io/format.ts'
import { findWebhook } from '../resources/webhook-presence.ts'
import { link, type Link } from './link.ts'

const NAME = 'policy'

/** No link if there is no webhook, or the user may not read it: the webhook's own link reports that. */
export async function checkPolicies(cluster: Cluster, io: Pick<Io, 'now'>): Promise<Link[]> {
  const webhook = await unlessRefused(findWebhook(cluster), undefined)
  const policy = await readInstalledPolicy(cluster, webhook)
  if (!policy) return []
  const { place } = policy
  if ('problems' in policy) {
    const detail = `the webhook cannot read its policy in ${place}: ${policy.problems.join('; ')}`
    return [link('failed', NAME, detail, 'correct the chart\'s values under "policy", and upgrade the release')]
  }
  const rules = namesOf(policy.policies)
  if (rules.length === 0) return [link('ok', NAME, `${place} forbids nothing: every mirror is allowed`)]
  return [link('ok', NAME, `${place} sets ${rules.join(', ')}`), ...(await checkMirrors(cluster, policy.policies, io))]
}

async function checkMirrors(cluster: Cluster, policies: Policies, io: Pick<Io, 'now'>): Promise<Link[]> {
  const now = io.now()
  const { objects: broken, unread } = await listSeen(cluster, cluster.namespace, (object) =>
    brokenRules(policies, edit(object, now), now).length > 0 ? object : undefined
  )
  const where = unread === undefined ? 'in the cluster' : `in namespace ${cluster.namespace}`
  if (broken.length === 0) return [link('ok', 'guardrails', `no mirror ${where} breaks them`)]
  const names = listed(broken, ({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const detail = `${plural(broken.length, 'mirror')} ${where} would be refused today: ${names}`
  const look = cluster.command(`mirror status ${unread === undefined ? '-A' : `-n ${cluster.namespace}`} -o wide`)
  return [link('warning', 'guardrails', detail, look)]
}

/** The rules in force in any namespace, by their names in the chart's values. */
function namesOf({ namespaces = {}, ...general }: Policies): string[] {
  const set = [general, ...Object.values(namespaces)].flatMap((policy) =>
    Object.entries(policy).flatMap(([key, value]) => (value === undefined || value === false ? [] : [key]))
  )
  return [...new Set(set)].map((key) => nameOfRule(key as keyof Policy)).toSorted()
}
