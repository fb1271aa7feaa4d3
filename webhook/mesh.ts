// What is known of the mesh's hosts, kept current by watches: Services, ServiceEntries, DestinationRules. Judges nothing.
import type { KnownMesh } from '../mirror/check-targets.ts'
import { fullHost, hostMatches } from '../mirror/host.ts'
import { createDigests, type Changed, type Named } from './digests.ts'
import type { Sink, Source } from './watch.ts'

export interface Mesh extends KnownMesh {
  readonly collections: readonly { readonly source: Source; readonly sink: Sink<never> }[]
  /** Before that, what is unknown may only be unread. */
  synced(): boolean
}

/** `changed`: some host, port or subset came or went. */
export function createMesh(clusterDomain: string, changed: () => void = () => undefined): Mesh {
  const ports = createHostIndex<readonly number[]>()
  const subsets = createHostIndex<readonly string[]>()
  /** Puts what one kind of object says of hosts into an index. */
  const into =
    <V>(index: HostIndex<V>, kind: string): Changed<HostFact<V>[]> =>
    (key, now, before) => {
      const [namespace = ''] = key.split('/')
      const full = (host: string): string => fullHost(host, namespace, clusterDomain)
      for (const { host } of before ?? []) index.remove(full(host), `${kind} ${key}`)
      for (const { host, value } of now ?? []) index.add(full(host), `${kind} ${key}`, value)
      changed()
    }
  const services = createDigests(readService, into(ports, 'Service'))
  const entries = createDigests(readServiceEntry, into(ports, 'ServiceEntry'))
  const rules = createDigests(readDestinationRule, into(subsets, 'DestinationRule'))
  const collections = [
    { source: { path: '/api/v1/services' }, sink: services },
    { source: { path: '/apis/networking.istio.io/v1/serviceentries' }, sink: entries },
    { source: { path: '/apis/networking.istio.io/v1/destinationrules' }, sink: rules }
  ]
  return {
    clusterDomain,
    collections,
    synced: () => collections.every(({ sink }) => sink.synced()),
    ports(host) {
      const found = ports.find(host)
      return found.length > 0 ? [...new Set(found.flat())] : undefined
    },
    subsets: (host) => [...new Set(subsets.find(host).flat())]
  }
}

interface HostFact<V> {
  /** As the object has it, in its own namespace. */
  readonly host: string
  readonly value: V
}

interface Service extends Named {
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] }
}

function readService({ metadata: { name }, spec }: Service): HostFact<readonly number[]>[] {
  return [{ host: name, value: (spec?.ports ?? []).map(({ port }) => port) }]
}

interface ServiceEntry extends Named {
  readonly spec?: { readonly hosts?: readonly string[]; readonly ports?: readonly { readonly number: number }[] }
}

function readServiceEntry({ spec }: ServiceEntry): HostFact<readonly number[]>[] {
  const value = (spec?.ports ?? []).map(({ number }) => number)
  return (spec?.hosts ?? []).map((host) => ({ host, value }))
}

interface DestinationRule extends Named {
  readonly spec?: { readonly host?: string; readonly subsets?: readonly { readonly name: string }[] }
}

function readDestinationRule({ spec }: DestinationRule): HostFact<readonly string[]>[] {
  const value = (spec?.subsets ?? []).map(({ name }) => name)
  return spec?.host === undefined ? [] : [{ host: spec.host, value }]
}

interface HostIndex<V> {
  add(host: string, owner: string, value: V): void
  remove(host: string, owner: string): void
  find(host: string): V[]
}

/** Several objects may speak of one host; patterns (`*.example.com`) are few and looked through. */
function createHostIndex<V>(): HostIndex<V> {
  const exact = new Map<string, Map<string, V>>()
  const patterns = new Map<string, Map<string, V>>()
  const side = (host: string) => (host.startsWith('*') ? patterns : exact)
  return {
    add(host, owner, value) {
      const owners = side(host).get(host) ?? new Map<string, V>()
      side(host).set(host, owners.set(owner, value))
    },
    remove(host, owner) {
      const owners = side(host).get(host)
      owners?.delete(owner)
      if (owners?.size === 0) side(host).delete(host)
    },
    find(host) {
      const matching = [...patterns].filter(([pattern]) => hostMatches(pattern, host)).map(([, owners]) => owners)
      return [exact.get(host), ...matching].flatMap((owners) => (owners ? [...owners.values()] : []))
    }
  }
}
