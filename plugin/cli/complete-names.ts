// The names that completion offers, from kubeconfig files and the cluster. A question that fails offers none.
import { readRules } from '../../mirror/kind-of.ts'
import { connect, type Cluster } from '../client/client.ts'
import { destinationsOf } from '../resources/destinations.ts'
import { unlessRefused } from '../io/errors.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import type { Io } from '../io/io.ts'
import { loadKubeconfig } from '../kubeconfig/kubeconfig.ts'
import { podsPath } from '../resources/pods.ts'
import { resolveHost } from '../../mirror/host.ts'
import { ServiceDirectory } from '../resources/services.ts'
import { collectionPath, type Kind } from '../resources/route-kinds.ts'
import { findVirtualService, isRoute } from '../resources/virtual-services.ts'

/** Of a collection in the namespace, or of all namespaces. */
export function names(what: 'pods' | 'namespaces', flags: GlobalFlags, io: Io): Promise<string[]> {
  return ask(flags, io, (cluster) =>
    listNames(cluster, what === 'pods' ? podsPath(cluster.namespace) : '/api/v1/namespaces')
  )
}

/** Of VirtualServices, and of HTTPRoutes with their kind; where a name is both, each with its kind. */
export function routeNames(flags: GlobalFlags, io: Io): Promise<string[]> {
  return ask(flags, io, async (cluster) => {
    const listed = (kind: Kind) => unlessRefused(listNames(cluster, collectionPath(cluster.namespace, kind)), [])
    const [services, httpRoutes] = await Promise.all([listed('VirtualService'), listed('HTTPRoute')])
    const both = new Set(httpRoutes)
    return [
      ...services.map((name) => (both.has(name) ? `vs/${name}` : name)),
      ...httpRoutes.map((name) => `httproute/${name}`)
    ]
  })
}

/** Of every host that the VirtualService routes to; of an HTTPRoute, the Services beside it. */
export function subsets(name: string | undefined, flags: GlobalFlags, io: Io): Promise<string[]> {
  return ask(flags, io, async (cluster) => {
    if (name === undefined) return []
    const object = await findVirtualService(cluster, name)
    const { namespace } = object.metadata
    if (isRoute(object)) return listNames(cluster, `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`)
    const directory = new ServiceDirectory(cluster)
    const hosts = new Set(destinationsOf(object).live.map(({ host }) => host))
    const found = await Promise.all(
      [...hosts].map((host) => {
        const service = resolveHost(host, namespace)
        return directory.subsets(host, namespace, service ? [service.namespace] : [])
      })
    )
    return [...new Set(found.flatMap((labels) => [...labels.keys()]))]
  })
}

export function routes(name: string | undefined, flags: GlobalFlags, io: Io): Promise<string[]> {
  return ask(flags, io, async (cluster) => {
    if (name === undefined) return []
    return readRules(await findVirtualService(cluster, name)).flatMap((rule) => rule.name ?? [])
  })
}

export async function kubeconfigNames(
  what: 'contexts' | 'clusters' | 'users',
  flags: GlobalFlags,
  io: Io
): Promise<string[]> {
  const config = await loadKubeconfig(flags, io.env)
  return [...config[what].keys()]
}

async function ask(flags: GlobalFlags, io: Io, question: (cluster: Cluster) => Promise<string[]>): Promise<string[]> {
  const cluster = await connect(flags, io)
  try {
    return await question(cluster)
  } finally {
    cluster.close()
  }
}

/** As metadata alone, which is small however large the objects are. */
async function listNames(cluster: Cluster, path: string): Promise<string[]> {
  const headers = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
  const { items } = await cluster.request<{ items?: readonly { metadata: { name: string } }[] | null }>('GET', path, {
    headers
  })
  return (items ?? []).map(({ metadata }) => metadata.name)
}
