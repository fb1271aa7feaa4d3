// Services and the subsets that DestinationRules make of them. What may not be read counts as absent.
import type { Cluster } from './cluster.ts'
import { ApiError } from './errors.ts'
import { sameHost, type ServiceName } from './service-host.ts'

export interface Service extends ServiceName {
  /** Empty: its endpoints are made by hand. */
  readonly selector: Labels
  readonly ports: readonly ServicePort[]
}

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly appProtocol?: string
}

export type Labels = Readonly<Record<string, string>>

/** Istio's own configuration namespace, unless the mesh was installed otherwise. */
const ROOT_NAMESPACE = 'istio-system'

export async function findService(cluster: Cluster, { name, namespace }: ServiceName): Promise<Service | undefined> {
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`
    const { spec } = await cluster.request<{ spec?: { selector?: Labels; ports?: ServicePort[] } }>('GET', path)
    return { name, namespace, selector: spec?.selector ?? {}, ports: spec?.ports ?? [] }
  } catch (error) {
    return absent(error)
  }
}

/**
 * Labels of each subset of a host, as Istio looks them up for a caller: in the namespace of the rule, that of the
 * Service, then the root namespace; the first that has a DestinationRule for the host decides.
 */
export async function findSubsets(
  cluster: Cluster,
  host: string,
  from: string,
  serviceNamespace = from
): Promise<ReadonlyMap<string, Labels>> {
  for (const namespace of new Set([from, serviceNamespace, ROOT_NAMESPACE])) {
    const rules = await listDestinationRules(cluster, namespace)
    const forHost = rules.filter(({ spec }) => sameHost(spec?.host ?? '', namespace, host, from))
    const subsets = forHost.flatMap(({ spec }) => spec?.subsets ?? [])
    if (forHost.length > 0) return new Map(subsets.map(({ name, labels }) => [name, labels ?? {}]))
  }
  return new Map()
}

interface DestinationRule {
  readonly spec?: {
    readonly host?: string
    readonly subsets?: readonly { readonly name: string; readonly labels?: Labels }[]
  }
}

async function listDestinationRules(cluster: Cluster, namespace: string): Promise<DestinationRule[]> {
  const rules: DestinationRule[] = []
  try {
    const path = `/apis/networking.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/destinationrules`
    for await (const { items } of cluster.list<DestinationRule>(path)) rules.push(...items)
    return rules
  } catch (error) {
    return absent(error) ?? []
  }
}

function absent(error: unknown): undefined {
  if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return undefined
  throw error
}
