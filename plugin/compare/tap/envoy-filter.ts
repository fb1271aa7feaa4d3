// The EnvoyFilters that put Envoy's tap filter into the sidecars of some workloads: made, kept alive, taken away.
import { randomBytes } from 'node:crypto'
import { EXPIRES, isExpired, TEMPORARY } from '../../../mirror/temporary.ts'
import type { Cluster } from '../../client/client.ts'
import { isNotFound, isRefusal } from '../../io/errors.ts'

export interface TapFilters {
  /** By which the tap of exactly this run is asked for. */
  readonly configId: string
  /** Puts the expiry off. Rejects when somebody has taken a filter away: nothing is recorded from then on. */
  renew(now: Date): Promise<void>
  /** Never rejects: what could not be taken away is returned, as kubectl names it. */
  remove(): Promise<string[]>
}

export interface TappedWorkload {
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
}

/** What a killed run leaves behind is inert (without a stream the filter records nothing), and gone after this. */
export const LEASE = 5 * 60_000
const PURPOSE = 'tap'
const REMOVE_WITHIN = 20_000
const RETRY_EVERY = 1000

/** What fails half-way is taken away at once. */
export async function addTapFilters(
  cluster: Cluster,
  workloads: readonly TappedWorkload[],
  now: Date
): Promise<TapFilters> {
  const configId = `kubectl-mirror-tap-${randomBytes(4).toString('hex')}`
  const made: string[] = []
  const filters: TapFilters = {
    configId,
    renew: async (at) => {
      const body = { metadata: { annotations: { [EXPIRES]: expiryAfter(at) } } }
      await Promise.all(
        made.map((path) =>
          cluster.request('PATCH', path, { body, contentType: 'application/merge-patch+json', quiet: true })
        )
      )
    },
    remove: () => removeAll(cluster, made)
  }
  try {
    for (const [index, workload] of workloads.entries()) {
      const name = workloads.length === 1 ? configId : `${configId}-${index + 1}`
      // Before it is: an answer that is lost may have been a yes.
      made.push(`${collection(workload.namespace)}/${name}`)
      await cluster.request('POST', collection(workload.namespace), {
        body: manifest(name, configId, workload, now),
        // Istio warns of what an EnvoyFilter can do, which is nothing for a user to act on here.
        quiet: true
      })
    }
  } catch (error) {
    if (isRefusal(error)) made.pop()
    await filters.remove()
    throw error
  }
  return filters
}

/** Those whose run was killed: their expiry has passed. Returns how many. */
export async function removeExpired(cluster: Cluster, namespace: string, now: Date): Promise<number> {
  const expired: string[] = []
  const query = { labelSelector: `${TEMPORARY}=${PURPOSE}` }
  for await (const { items } of cluster.list<EnvoyFilter>(collection(namespace), { query })) {
    expired.push(
      ...items.filter(({ metadata }) => isExpired(metadata.annotations, now)).map(({ metadata }) => metadata.name)
    )
  }
  await Promise.all(expired.map((name) => removeOne(cluster, `${collection(namespace)}/${name}`)))
  return expired.length
}

interface EnvoyFilter {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
}

function collection(namespace: string): string {
  return `/apis/networking.istio.io/v1alpha3/namespaces/${encodeURIComponent(namespace)}/envoyfilters`
}

function expiryAfter(now: Date): string {
  return new Date(now.getTime() + LEASE).toISOString()
}

/** Right before the router, so that it sees what the application is sent and what it answers. */
function manifest(name: string, configId: string, { selector }: TappedWorkload, now: Date): object {
  const connections = 'envoy.filters.network.http_connection_manager'
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, labels: { [TEMPORARY]: PURPOSE }, annotations: { [EXPIRES]: expiryAfter(now) } },
    spec: {
      workloadSelector: { labels: selector },
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
}

export const TAP_FILTER = 'envoy.filters.http.tap'

/** Tries again while the API server cannot be reached. With a signal of its own: after Ctrl-C the run's is aborted. */
async function removeAll(cluster: Cluster, paths: readonly string[]): Promise<string[]> {
  const signal = AbortSignal.timeout(REMOVE_WITHIN)
  const removed = await Promise.all(
    paths.map(async (path) => {
      while (!signal.aborted) {
        try {
          await removeOne(cluster, path, signal)
          return true
        } catch {
          await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY))
        }
      }
      return false
    })
  )
  return paths.filter((_, index) => !removed[index]).map((path) => nameOf(path))
}

async function removeOne(cluster: Cluster, path: string, signal?: AbortSignal): Promise<void> {
  try {
    await cluster.request('DELETE', path, signal ? { signal } : {})
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function nameOf(path: string): string {
  const [, namespace, name] = /namespaces\/([^/]+)\/envoyfilters\/(.+)$/.exec(path) ?? []
  return `envoyfilter/${name} -n ${namespace}`
}
