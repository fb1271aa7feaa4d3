// What is known of one destination: its Service, its ports, its subsets, each of them unread where a right is missing.
import { isUnread, type Unread } from '../../mirror/check-targets.ts'
import { isExportedTo, resolveHost } from '../../mirror/host.ts'
import { asInjected } from '../../mirror/limited-subset.ts'
import type { ConcreteTarget } from '../../mirror/target.ts'
import { MissingRight } from '../io/errors.ts'
import type { ExternalHost, Labels, Service, ServiceDirectory } from './services.ts'

export interface Known {
  readonly service?: Service
  /** Undefined: neither a Service nor a ServiceEntry has the host. */
  readonly ports: readonly number[] | undefined | Unread
  readonly subsets: Subsets
  /** Whether it has limits; undefined where that is not known. */
  readonly limited: boolean | undefined
  /** Copies have a limit, and the subset for it is missing. */
  readonly isLimitMissing: boolean
}

export type Subsets = ReadonlyMap<string, Labels> | Unread

/** `from`: the namespace of the VirtualService, where its callers are taken to be. */
export async function lookUp(directory: ServiceDirectory, destination: ConcreteTarget, from: string): Promise<Known> {
  const { host, subset } = destination
  const name = resolveHost(host, from)
  const found = name && (await readable(directory.service(name)))
  const service = found && (isUnread(found) || isExportedTo(found.exportTo, found.namespace, from)) ? found : undefined
  // Of a ServiceEntry only where there is no Service.
  const external = service ? undefined : await readable(directory.external(host, from))
  const places = service && name ? [name.namespace] : placesOf(external)
  const ports = portsOf(service, external)
  const limited = await readable(directory.limited(withPort(asInjected(destination), ports), from, places))
  return {
    ...(service && !isUnread(service) && { service }),
    ports,
    limited: isUnread(limited) ? undefined : limited,
    isLimitMissing: destination.limited === true && limited === undefined,
    subsets: subset === undefined ? NONE : await readable(directory.subsets(host, from, places))
  }
}

const NONE: ReadonlyMap<string, Labels> = new Map()

/** Where it names none, the first of the host's. */
function withPort(destination: ConcreteTarget, ports: Known['ports']): ConcreteTarget {
  const [port] = ports && !isUnread(ports) ? ports : []
  return port === undefined ? destination : { port, ...destination }
}

function placesOf(external: ExternalHost | Unread | undefined): readonly string[] {
  return external && !isUnread(external) ? external.namespaces : []
}

function portsOf(service: Service | Unread | undefined, external: ExternalHost | Unread | undefined): Known['ports'] {
  if (isUnread(service)) return service
  if (service) return service.ports.map(({ port }) => port)
  return isUnread(external) ? { unread: `there is no such Service, and ${external.unread}` } : external?.ports
}

/** What may not be read is a value: one missing right makes one answer unknown, and no other. */
export async function readable<T>(reading: Promise<T>): Promise<T | Unread> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof MissingRight) return { unread: error.message }
    throw error
  }
}
