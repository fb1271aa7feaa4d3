// Switches the sidecars' access logs on for some workloads, by Telemetry resources.
import { randomBytes } from 'node:crypto'
import { TEMPORARY } from '../../../mirror/temporary.ts'
import type { Cluster } from '../../client/client.ts'
import { UserError } from '../../io/errors.ts'
import {
  collectionPath,
  createTemporary,
  removeExpired,
  type TemporaryKind,
  type TemporaryObjects
} from '../../resources/temporary-objects.ts'
import type { Telemetry } from './access-log-providers.ts'
import { selectionsOf, type Selection } from '../../follow/origin.ts'
import type { Version } from '../../resources/versions.ts'

const TELEMETRY: TemporaryKind = {
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  plural: 'telemetries',
  resource: 'telemetry.telemetry.istio.io',
  purpose: 'access-logs'
}
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Removing what this returns switches them off again. `lasts`: milliseconds; undefined: until Ctrl-C. */
export async function switchOnAccessLogs(
  cluster: Cluster,
  versions: readonly Version[],
  now: Date,
  lasts = DAY
): Promise<TemporaryObjects> {
  const workloads = selectionsOf(versions)
  const namespaces = new Set(workloads.map(({ namespace }) => namespace))
  for (const namespace of namespaces) await removeExpired(cluster, TELEMETRY, namespace, now)
  await refuseOthers(cluster, workloads)
  const objects = workloads.map(({ namespace, selector: matchLabels }) => ({
    namespace,
    name: `kubectl-mirror-compare-${randomBytes(4).toString('hex')}`,
    spec: { selector: { matchLabels }, accessLogging: [{ providers: [{ name: 'envoy' }] }] }
  }))
  return createTemporary(cluster, TELEMETRY, objects, new Date(now.getTime() + lasts + HOUR))
}

/** Of several Telemetries that select one workload, Istio uses the oldest: ours would do nothing, or harm. */
async function refuseOthers(cluster: Cluster, workloads: readonly Selection[]): Promise<void> {
  const problems = new Set<string>()
  for (const { namespace, selector: labels } of workloads) {
    for await (const { items } of cluster.list<Telemetry>(collectionPath(TELEMETRY, namespace))) {
      for (const { metadata, spec } of items) {
        const selector = spec?.selector?.matchLabels
        if (!selector || metadata.labels?.[TEMPORARY] === TELEMETRY.purpose) continue
        if (Object.entries(selector).every(([key, value]) => labels[key] === value)) {
          problems.add(
            `${TELEMETRY.resource}/${metadata.name} in ${namespace} already configures these workloads; add ` +
              'accessLogging: [{providers: [{name: envoy}]}] to it, and run again without --access-logs'
          )
        }
      }
    }
  }
  if (problems.size > 0) throw new UserError([...problems])
}
