// How many endpoints of a Service are ready, by its EndpointSlices.
import type { ServiceName } from '../../mirror/host.ts'
import type { Cluster } from '../client/client.ts'
import { asMissingRight } from '../io/errors.ts'

/** Throws MissingRight. */
export async function countReady(cluster: Cluster, { name, namespace }: ServiceName): Promise<number> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`
  const query = { labelSelector: `kubernetes.io/service-name=${name}` }
  const reading = cluster.request<{ readonly items?: readonly EndpointSlice[] | null }>('GET', path, { query })
  const { items } = await reading.catch((error: unknown) => {
    throw asMissingRight(error, `list endpointslices in namespace ${namespace}`)
  })
  const endpoints = (items ?? []).flatMap((slice) => slice.endpoints ?? [])
  return endpoints.filter(({ conditions }) => conditions?.ready !== false).length
}

interface EndpointSlice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean | null } | null }[] | null
}
