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

/** Reads each namespace once, however many VirtualServices are looked up in it. */
export class ServiceDirectory {
  readonly #cluster: Cluster
  readonly #services = new Map<string, Promise<StoredService[]>>()
  readonly #entries = new Map<string, Promise<ServiceEntry[]>>()
  readonly #rules = new Map<string, Promise<DestinationRule[]>>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async service({ name, namespace }: ServiceName): Promise<Service | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`
    const services = await this.#once(this.#services, namespace, path)
    const found = services.find(({ metadata }) => metadata.name === name)
    return found && { name, namespace, selector: found.spec?.selector ?? {}, ports: found.spec?.ports ?? [] }
  }

  /**
   * Labels of each subset of a host, as Istio looks them up for a caller: in the namespace of the rule, that of the
   * Service, then the root namespace; the first that has a DestinationRule for the host decides.
   */
  async subsets(host: string, from: string, serviceNamespace = from): Promise<ReadonlyMap<string, Labels>> {
    for (const namespace of new Set([from, serviceNamespace, ROOT_NAMESPACE])) {
      const path = `/apis/networking.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/destinationrules`
      const rules = await this.#once(this.#rules, namespace, path)
      const forHost = rules.filter(({ spec }) => sameHost(spec?.host ?? '', namespace, host, from))
      const subsets = forHost.flatMap(({ spec }) => spec?.subsets ?? [])
      if (forHost.length > 0) return new Map(subsets.map(({ name, labels }) => [name, labels ?? {}]))
    }
    return new Map()
  }

  /** Ports of a host that a ServiceEntry adds to the mesh; undefined where none does. */
  async externalPorts(host: string, from: string): Promise<number[] | undefined> {
    const entries = await this.#once(this.#entries, '', '/apis/networking.istio.io/v1/serviceentries')
    const forHost = entries.filter(({ metadata: { namespace }, spec }) =>
      spec?.hosts?.some((pattern) => sameHost(pattern, namespace, host, from))
    )
    if (forHost.length === 0) return undefined
    return forHost.flatMap(({ spec }) => spec?.ports?.map(({ number }) => number) ?? [])
  }

  #once<T>(known: Map<string, Promise<T[]>>, namespace: string, path: string): Promise<T[]> {
    const reading = known.get(namespace) ?? readAll<T>(this.#cluster, path)
    known.set(namespace, reading)
    return reading
  }
}

async function readAll<T>(cluster: Cluster, path: string): Promise<T[]> {
  const all: T[] = []
  try {
    for await (const { items } of cluster.list<T>(path)) all.push(...items)
    return all
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return []
    throw error
  }
}

interface StoredService {
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly selector?: Labels; readonly ports?: readonly ServicePort[] }
}

interface DestinationRule {
  readonly spec?: {
    readonly host?: string
    readonly subsets?: readonly { readonly name: string; readonly labels?: Labels }[]
  }
}

interface ServiceEntry {
  readonly metadata: { readonly namespace: string }
  readonly spec?: { readonly hosts?: readonly string[]; readonly ports?: readonly { readonly number: number }[] }
}
