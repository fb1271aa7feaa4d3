// Services and the subsets that DestinationRules make of them. What may not be read is a MissingRight, never absent.
import { stepsOf, type Step } from '../../mirror/destination-rules.ts'
import { EXPORT_TO, isExportedTo, readExportTo, sameHost, usualHost, type ServiceName } from '../../mirror/host.ts'
import { createHostIndex, type HostIndex } from '../../mirror/host-index.ts'
import { limitedVersion } from '../../mirror/limited-subset.ts'
import { isLimited, limitsOf } from '../../mirror/limits.ts'
import {
  readDestinationRule,
  type DestinationRule,
  type ReadRule,
  type ServiceEntry,
  type Subset
} from '../../mirror/mesh-objects.ts'
import type { Cluster } from '../client/client.ts'
import { asMissingRight, unlessRefused } from '../io/errors.ts'
import { listPods, type Pod, type PodSelection } from './pods.ts'

export interface Service extends ServiceName {
  /** Empty: its endpoints are made by hand. */
  readonly selector: Labels
  readonly ports: readonly ServicePort[]
  /** Namespaces whose callers see it; empty: all. */
  readonly exportTo: readonly string[]
}

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
  readonly targetPort?: number | string
  readonly appProtocol?: string
}

export type Labels = Readonly<Record<string, string>>

/** A host that ServiceEntries add to the mesh. */
export interface ExternalHost {
  readonly namespaces: readonly string[]
  readonly ports: readonly number[]
}

/** Reads each namespace once, however many VirtualServices are looked up in it. */
export class ServiceDirectory {
  readonly #cluster: Cluster
  readonly #services = new Map<string, Promise<StoredService[]>>()
  readonly #entries = new Map<string, Promise<ServiceEntry[]>>()
  readonly #rules = new Map<string, Promise<DestinationRule[]>>()
  readonly #rulesByHost = new Map<string, Promise<HostIndex<UsedRule>>>()
  readonly #pods = new Map<string, Promise<Pod[]>>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async service({ name, namespace }: ServiceName): Promise<Service | undefined> {
    const services = await this.#once(this.#services, '/api/v1', 'services', namespace)
    const found = services.find(({ metadata }) => metadata.name === name)
    return found && readService(found, namespace)
  }

  async services(namespace: string): Promise<Service[]> {
    const services = await this.#once(this.#services, '/api/v1', 'services', namespace)
    return services.map((one) => readService(one, namespace))
  }

  /**
   * Labels of each subset that a host has for callers in a namespace. `services`: where the host's Service or its
   * ServiceEntries are. Each further namespace is read only if those before it decide nothing.
   */
  async subsets(host: string, client: string, services: readonly string[]): Promise<ReadonlyMap<string, Labels>> {
    return subsetsOf(await this.#rulesFor(host, client, services))
  }

  /** Whether DestinationRules limit a destination (see mirror/limits.ts); undefined: it has no such subset. */
  async limited(
    { host, subset, port }: { readonly host: string; readonly subset?: string; readonly port?: number },
    client: string,
    services: readonly string[]
  ): Promise<boolean | undefined> {
    const used = await this.#rulesFor(host, client, services)
    const own = used.flatMap(({ subsets }) => subsets).find(({ name }) => name === subset)
    if (subset !== undefined && !own) return undefined
    return isLimited(used.find(({ limits }) => limits)?.limits, own && limitsOf(own), port)
  }

  /** Those that callers in any namespace know. `from`: where the host is written. */
  async exportedSubsets(host: string, from: string, services: readonly string[]): Promise<ReadonlyMap<string, Labels>> {
    const lookup = { host: usualHost(host, from), client: NO_NAMESPACE, services }
    return subsetsOf(await this.#firstOf(lookup.host, stepsOf(lookup).slice(1)))
  }

  /** Every DestinationRule of these namespaces. */
  async rulesIn(namespaces: Iterable<string>): Promise<DestinationRule[]> {
    const reading = Array.from(new Set(namespaces), (one) =>
      this.#once(this.#rules, NETWORKING, 'destinationrules', one)
    )
    return (await Promise.all(reading)).flat()
  }

  /** Undefined where no ServiceEntry that callers there see names the host. */
  async external(host: string, from: string): Promise<ExternalHost | undefined> {
    const entries = await this.#once(this.#entries, NETWORKING, 'serviceentries')
    const forHost = entries.filter(
      ({ metadata: { namespace = '' }, spec }) =>
        isExportedTo(spec?.exportTo, namespace, from) &&
        spec?.hosts?.some((pattern) => sameHost(pattern, namespace, host, from))
    )
    if (forHost.length === 0) return undefined
    return {
      namespaces: [...new Set(forHost.map(({ metadata: { namespace = '' } }) => namespace))],
      ports: forHost.flatMap(({ spec }) => spec?.ports?.map(({ number }) => number) ?? [])
    }
  }

  /** Of one selection, however many targets share it. */
  pods(selection: PodSelection): Promise<Pod[]> {
    const key = JSON.stringify(selection)
    const reading =
      this.#pods.get(key) ??
      listPods(this.#cluster, selection).catch((error: unknown) => {
        throw asMissingRight(error, `list pods in namespace ${selection.namespace}`)
      })
    this.#pods.set(key, reading)
    return reading
  }

  #rulesFor(host: string, client: string, services: readonly string[]): Promise<readonly UsedRule[]> {
    const lookup = { host: usualHost(host, client), client, services }
    return this.#firstOf(lookup.host, stepsOf(lookup))
  }

  async #firstOf(host: string, steps: readonly Step[]): Promise<readonly UsedRule[]> {
    for (const { namespace, pick } of steps) {
      const used = pick((await this.#indexOf(namespace)).find(host))
      if (used.length > 0) return used
    }
    return []
  }

  #indexOf(namespace: string): Promise<HostIndex<UsedRule>> {
    const indexing = this.#rulesByHost.get(namespace) ?? this.rulesIn([namespace]).then(byHost)
    this.#rulesByHost.set(namespace, indexing)
    return indexing
  }

  #once<T>(known: Map<string, Promise<T[]>>, group: string, resource: string, namespace = ''): Promise<T[]> {
    const reading = known.get(namespace) ?? readAll<T>(this.#cluster, group, resource, namespace)
    known.set(namespace, reading)
    return reading
  }
}

/** No namespace has this name. */
const NO_NAMESPACE = ''

const NETWORKING = '/apis/networking.istio.io/v1'

function readService({ metadata: { name, annotations }, spec }: StoredService, namespace: string): Service {
  const exportTo = readExportTo(annotations?.[EXPORT_TO])
  return { name, namespace, exportTo, selector: spec?.selector ?? {}, ports: spec?.ports ?? [] }
}

/** `namespace` '': of the whole cluster. */
async function readAll<T>(cluster: Cluster, group: string, resource: string, namespace: string): Promise<T[]> {
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  try {
    // A kind that is not served has no objects.
    const pages = await unlessRefused(Array.fromAsync(cluster.list<T>(`${group}${scope}/${resource}`)), [], 404)
    return pages.flatMap(({ items }) => items)
  } catch (error) {
    throw asMissingRight(error, `list ${resource} in ${namespace === '' ? 'the cluster' : `namespace ${namespace}`}`)
  }
}

interface UsedRule extends ReadRule {
  readonly subsets: readonly Subset[]
}

/** `rules`: of one namespace. */
function byHost(rules: readonly DestinationRule[]): HostIndex<UsedRule> {
  const index = createHostIndex<UsedRule>()
  for (const rule of rules) {
    const read = readDestinationRule(rule, usualHost)
    index.add(read.host, read.name, { ...read, subsets: rule.spec?.subsets ?? [] })
  }
  return index
}

/** Of two with one name, Istio takes the first. Without those that limit copies. */
function subsetsOf(rules: readonly UsedRule[]): ReadonlyMap<string, Labels> {
  const found = new Map<string, Labels>()
  for (const { name, labels } of rules.flatMap((rule) => rule.subsets))
    if (!found.has(name) && !limitedVersion(name)) found.set(name, labels ?? {})
  return found
}

interface StoredService {
  readonly metadata: { readonly name: string; readonly annotations?: Labels | null }
  readonly spec?: { readonly selector?: Labels | null; readonly ports?: readonly ServicePort[] | null }
}
