// The EnvoyFilters that put Envoy's tap filter into the sidecars of some workloads.
import { randomBytes } from 'node:crypto'
import type { Cluster } from '../../client/client.ts'
import { createTemporary, type TemporaryKind, type TemporaryObjects } from '../../resources/temporary-objects.ts'

export interface TapFilters extends TemporaryObjects {
  /** Names the tap of this run, and of no other. */
  readonly configId: string
}

export interface TappedWorkload {
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
}

export const ENVOY_FILTER: TemporaryKind = {
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  plural: 'envoyfilters',
  resource: 'envoyfilter',
  purpose: 'tap'
}
export const TAP_FILTER = 'envoy.filters.http.tap'
/** What a killed run leaves behind is inert (without a stream the filter records nothing), and expires after this. */
export const LEASE = 5 * 60_000

export async function addTapFilters(
  cluster: Cluster,
  workloads: readonly TappedWorkload[],
  now: Date
): Promise<TapFilters> {
  const configId = `kubectl-mirror-tap-${randomBytes(4).toString('hex')}`
  const filters = workloads.map(({ namespace, selector }, index) => ({
    namespace,
    name: workloads.length === 1 ? configId : `${configId}-${index + 1}`,
    spec: specOf(configId, selector)
  }))
  return { configId, ...(await createTemporary(cluster, ENVOY_FILTER, filters, leaseFrom(now))) }
}

export function leaseFrom(now: Date): Date {
  return new Date(now.getTime() + LEASE)
}

/** Right before the router, so that it sees what the application receives and what it sends back. */
function specOf(configId: string, labels: TappedWorkload['selector']): object {
  const connections = 'envoy.filters.network.http_connection_manager'
  return {
    workloadSelector: { labels },
    configPatches: [
      {
        applyTo: 'HTTP_FILTER',
        match: {
          context: 'SIDECAR_INBOUND',
          listener: {
            filterChain: { filter: { name: connections, subFilter: { name: 'envoy.filters.http.router' } } }
          }
        },
        patch: {
          operation: 'INSERT_BEFORE',
          value: {
            name: TAP_FILTER,
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.http.tap.v3.Tap',
              common_config: { admin_config: { config_id: configId } },
              record_headers_received_time: true
            }
          }
        }
      }
    ]
  }
}
