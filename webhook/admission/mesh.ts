// What is known of the mesh's hosts, kept current by watches: Services, ServiceEntries, DestinationRules. Judges nothing.
import type { KnownMesh } from '../../mirror/check-targets.ts'
import { rulesInUse, type Lookup } from '../../mirror/destination-rules.ts'
import { EXPORT_TO, fullHost, isExportedTo, readExportTo } from '../../mirror/host.ts'
import { createHostIndex, type HostIndex } from '../../mirror/host-index.ts'
import { hostRules, type HostRules } from '../../mirror/limit-obstacles.ts'
import { isLimited, limitsOf, type Limits } from '../../mirror/limits.ts'
import {
  readDestinationRule,
  type DestinationRule,
  type ReadRule,
  type ServiceEntry
} from '../../mirror/mesh-objects.ts'
import { createDigests, type Changed, type Named } from '../kubernetes/digests.ts'
import type { ReportFailure } from '../kubernetes/isolation.ts'
import { unreadOf, type Informing } from '../kubernetes/watches.ts'

export interface Mesh extends KnownMesh {
  readonly collections: readonly Informing[]
  /** Before that, a host that seems unknown may only be unread. */
  synced(): boolean
  /** Why the view may be incomplete: a collection is not listed yet, or has one of the given problems (by resource). */
  unread(problems: ReadonlyMap<string, string>): string | undefined
  rules(host: string, namespace: string): HostRules<SubsetRule>
  /** Those that limit the copies of a VirtualService, `namespace/name`. */
  limitsOf(virtualService: string): readonly SubsetRule[]
  /** Every VirtualService that has any. */
  limitOwners(): ReadonlySet<string>
}

export interface MeshListener {
  /** A host, port or subset was added or removed. */
  readonly changed: () => void
  /** An object of the resource cannot be read. */
  readonly failed: (resource: string, key: string, error: unknown) => void
}

export function createMesh(clusterDomain: string, { changed, failed }: MeshListener): Mesh {
  const ports = createHostIndex<Ports>()
  const subsets = createHostIndex<SubsetRule>()
  /** Keeps an index of what objects of one kind say about hosts. */
  const into =
    <V>(index: HostIndex<V>, kind: string): Changed<HostFact<V>[]> =>
    (key, now, before) => {
      const [namespace = ''] = key.split('/')
      const full = (host: string): string => fullHost(host, namespace, clusterDomain)
      for (const { host } of before ?? []) index.remove(full(host), `${kind} ${key}`)
      for (const { host, value } of now ?? []) index.add(full(host), `${kind} ${key}`, value)
      changed()
    }
  const failedOf =
    (resource: string): ReportFailure =>
    (key, error) =>
      failed(resource, key, error)
  const services = createDigests(readService, into(ports, 'Service'), failedOf('services'))
  const entries = createDigests(readServiceEntry, into(ports, 'ServiceEntry'), failedOf('serviceentries'))
  const limiting = createHostIndex<SubsetRule>()
  const index = into(subsets, 'DestinationRule')
  const rules = createDigests(
    readRule(clusterDomain),
    (key, now, before, cause) => {
      for (const { value } of before ?? []) if (value.owner !== undefined) limiting.remove(ownerOf(value), key)
      for (const { value } of now ?? []) if (value.owner !== undefined) limiting.add(ownerOf(value), key, value)
      index(key, now, before, cause)
    },
    failedOf('destinationrules')
  )
  const collections = [
    { source: { path: '/api/v1/services' }, sink: services },
    { source: { path: '/apis/networking.istio.io/v1/serviceentries', mayBeAbsent: true }, sink: entries },
    { source: { path: '/apis/networking.istio.io/v1/destinationrules', mayBeAbsent: true }, sink: rules }
  ]
  const lookupFor = (host: string, client: string): Lookup => {
    const places = new Set(seenBy(client, ports.find(host)).map(({ namespace }) => namespace))
    return { host, client, services: [...places] }
  }
  const rulesFor = (host: string, client: string): readonly SubsetRule[] =>
    rulesInUse(subsets.find(host), lookupFor(host, client))
  return {
    clusterDomain,
    collections,
    synced: () => collections.every(({ sink }) => sink.synced()),
    unread: (problems) => unreadOf(collections, problems),
    ports(host, client) {
      const found = seenBy(client, ports.find(host))
      return found.length > 0 ? [...new Set(found.flatMap(({ numbers }) => numbers))] : undefined
    },
    rules: (host, namespace) => hostRules(subsets.find(host), lookupFor(host, namespace)),
    limitsOf: (virtualService) => limiting.find(virtualService),
    limitOwners() {
      const made = [...rules.all.values()].flat().filter(({ value }) => value.owner !== undefined)
      return new Set(made.map(({ value }) => ownerOf(value)))
    },
    subsets: (host, client) => [...new Set(rulesFor(host, client).flatMap(({ subsets: own }) => [...own.keys()]))],
    limited({ host, port, subset }, client) {
      const numbers = seenBy(client, ports.find(host)).flatMap((one) => one.numbers)
      const used = rulesFor(host, client)
      const named = subset === undefined ? undefined : used.find((rule) => rule.subsets.has(subset))
      if (numbers.length === 0 || (subset !== undefined && !named)) return undefined
      const own = named?.subsets.get(subset ?? '')
      return isLimited(used.find(({ limits }) => limits)?.limits, own, port ?? numbers[0])
    }
  }
}

interface HostFact<V> {
  /** As the object writes it; short names are in its namespace. */
  readonly host: string
  readonly value: V
}

interface Ports {
  /** The object's. */
  readonly namespace: string
  readonly exportTo: readonly string[]
  readonly numbers: readonly number[]
}

function seenBy(client: string, ports: readonly Ports[]): readonly Ports[] {
  return ports.filter(({ exportTo, namespace }) => isExportedTo(exportTo, namespace, client))
}

interface Service extends Named {
  readonly metadata: Named['metadata'] & { readonly annotations?: Readonly<Record<string, string>> | null }
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] | null } | null
}

function readService({ metadata: { name, namespace = '', annotations }, spec }: Service): HostFact<Ports>[] {
  const exportTo = readExportTo(annotations?.[EXPORT_TO])
  return [{ host: name, value: { namespace, exportTo, numbers: (spec?.ports ?? []).map(({ port }) => port) } }]
}

function readServiceEntry({ metadata: { namespace = '' }, spec }: ServiceEntry): HostFact<Ports>[] {
  const value = { namespace, exportTo: spec?.exportTo ?? [], numbers: (spec?.ports ?? []).map(({ number }) => number) }
  return (spec?.hosts ?? []).map((host) => ({ host, value }))
}

export interface SubsetRule extends ReadRule {
  /** By their names. */
  readonly subsets: ReadonlyMap<string, Limits | undefined>
}

/** Of one that limits copies. */
function ownerOf({ namespace, owner }: SubsetRule): string {
  return `${namespace}/${owner}`
}

function readRule(clusterDomain: string): (object: DestinationRule) => HostFact<SubsetRule>[] {
  const full = (host: string, namespace: string): string => fullHost(host, namespace, clusterDomain)
  return (object) => {
    const { host, subsets } = object.spec ?? {}
    if (!host) return []
    const limits = new Map((subsets ?? []).map((subset) => [subset.name, limitsOf(subset)]))
    return [{ host, value: { ...readDestinationRule(object, full), subsets: limits } }]
  }
}
