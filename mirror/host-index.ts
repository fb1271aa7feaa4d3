// What objects say about hosts, found by a host without trying each object. Pure; knows no kind of object.

export interface HostIndex<V> {
  /** `host`: full, or a pattern (see hostMatches in host.ts). */
  add(host: string, owner: string, value: V): void
  remove(host: string, owner: string): void
  /** Of the host itself first, then of its patterns. */
  find(host: string): V[]
}

/** Several objects may describe one host. */
export function createHostIndex<V>(): HostIndex<V> {
  const hosts = new Map<string, Map<string, V>>()
  return {
    add(host, owner, value) {
      const owners = hosts.get(host) ?? new Map<string, V>()
      hosts.set(host, owners.set(owner, value))
    },
    remove(host, owner) {
      const owners = hosts.get(host)
      owners?.delete(owner)
      if (owners?.size === 0) hosts.delete(host)
    },
    find: (host) => namesOf(host).flatMap((one) => [...(hosts.get(one)?.values() ?? [])])
  }
}

/** The host, and all patterns that match it. A host may be a pattern itself. */
function namesOf(host: string): string[] {
  return [...new Set([host, ...Array.from({ length: host.length + 1 }, (_, start) => `*${host.slice(start)}`)])]
}
