// Whether a request is for a host that a VirtualService serves. Pure.
import { hostMatches, resolveHost } from '../../../mirror/host.ts'
import { httpRules, type VirtualService } from '../../../mirror/virtual-service.ts'

/**
 * Tests the authority that the version got. Istio lets a caller write a Service `httpbin`, `httpbin.prod`, `httpbin.prod.svc`
 * or in full, each with a port or without.
 */
export function servedBy(object: VirtualService): (authority: string) => boolean {
  const namespace = object.metadata.namespace ?? 'default'
  const hosts = object.spec?.hosts ?? []
  // A delegate serves what its root does.
  if (hosts.length === 0) return () => true
  const tests = [...hosts, ...rewritten(object)].map((host) => matcher(host.toLowerCase(), namespace))
  return (authority) => {
    const asked = authority.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
    return tests.some((test) => test(asked))
  }
}

function matcher(host: string, namespace: string): (asked: string) => boolean {
  const service = resolveHost(host, namespace)
  if (!service) return (asked) => hostMatches(host, asked)
  const full = `${service.name}.${service.namespace}.svc`
  const short = new Set([service.name, `${service.name}.${service.namespace}`, full])
  return (asked) => short.has(asked) || asked.startsWith(`${full}.`)
}

/** Hosts that rules rewrite the requested host to. */
function rewritten(object: VirtualService): string[] {
  return httpRules(object).flatMap(({ rewrite }) => {
    // The API server has checked its type.
    const { authority } = (rewrite ?? {}) as { readonly authority?: string }
    return authority ? [authority] : []
  })
}
