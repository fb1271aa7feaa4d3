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
  let patterns = 0
  return {
    add(host, owner, value) {
      const owners = hosts.get(host) ?? new Map<string, V>()
      if (owners.size === 0 && isPattern(host)) patterns++
      hosts.set(host, owners.set(owner, value))
    },
    remove(host, owner) {
      const owners = hosts.get(host)
      owners?.delete(owner)
      if (owners?.size !== 0) return
      hosts.delete(host)
      if (isPattern(host)) patterns--
    },
    find(host) {
      const found = [...(hosts.get(host)?.values() ?? [])]
      if (patterns === 0) return found // as in most meshes
      for (let start = 0; start <= host.length; start++) {
        const pattern = `*${host.slice(start)}`
        if (pattern !== host) found.push(...(hosts.get(pattern)?.values() ?? []))
      }
      return found
    }
  }
}

/** A host that is looked up may be one, too. */
function isPattern(host: string): boolean {
  return host.startsWith('*')
}
