// What the live requests of a mirrored HTTPRoute depend on outside it: whether its targets are there and may be sent to. Judges nothing.
import type { KnownGateways } from '../../mirror/check-route.ts'
import type { KnownMesh } from '../../mirror/check-targets.ts'
import { fullHost, resolveHost } from '../../mirror/host.ts'
import { HTTP_ROUTE } from '../../mirror/http-route.ts'
import type { MirrorDigest } from './mirror-digest.ts'

/** A text that is another when the state, or a target, is. */
export function targetsState({ injected, namespace }: MirrorDigest, mesh: KnownMesh, gateways: KnownGateways): string {
  if (injected === undefined) return ''
  const place = { namespace, clusterDomain: mesh.clusterDomain }
  const states = injected.split(',').map((text) => {
    const { host = '', port = 0 } = HTTP_ROUTE.readTarget(text, place) ?? {}
    const full = fullHost(host, namespace, mesh.clusterDomain)
    const ports = mesh.ports(full, namespace) ?? []
    const service = resolveHost(host, namespace)
    return [text, Array.isArray(ports) && ports.includes(port), service && gateways.granted(namespace, service)]
  })
  return JSON.stringify(states)
}
