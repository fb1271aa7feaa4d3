// Whether a DestinationRule bounds how many requests a caller keeps open to a version. After Istio's MergeSubsetTrafficPolicy
// (pilot/pkg/networking/util/util.go). Pure; knows no target.

/** A DestinationRule's spec, or a subset: the fields of its policy that we read. */
export interface WithPolicy {
  readonly trafficPolicy?: (Pooled & { readonly portLevelSettings?: readonly PortPolicy[] | null }) | null
}

interface Pooled {
  readonly connectionPool?: {
    readonly tcp?: { readonly maxConnections?: number | null } | null
    readonly http?: {
      readonly http1MaxPendingRequests?: number | null
      readonly http2MaxRequests?: number | null
    } | null
  } | null
}

interface PortPolicy extends Pooled {
  readonly port?: { readonly number?: number | null } | null
}

/** As it is written: some 64 open requests from each caller. */
export const LIMITING =
  'trafficPolicy: {connectionPool: {tcp: {maxConnections: 64}, http: {http1MaxPendingRequests: 16, http2MaxRequests: 64}}}'

/** What a policy says of each port, and of all others. Absent: nothing, so what it stands in decides. */
export interface Limits {
  readonly others?: boolean
  readonly ports: ReadonlyMap<number, boolean>
}

/** Undefined: it has no policy. */
export function limitsOf({ trafficPolicy }: WithPolicy): Limits | undefined {
  if (!trafficPolicy) return undefined
  const { connectionPool, portLevelSettings } = trafficPolicy
  const ports = (portLevelSettings ?? []).flatMap(({ port, connectionPool: own }): [number, boolean][] =>
    port?.number ? [[port.number, isBounded(own)]] : []
  )
  // Of two settings for one port Istio takes the first.
  return { ports: new Map(ports.toReversed()), ...(connectionPool && { others: isBounded(connectionPool) }) }
}

/** A subset's pool replaces its host's as a whole; a port's replaces both, and inherits nothing. */
export function isLimited(host: Limits | undefined, subset: Limits | undefined, port = 0): boolean {
  return [subset?.ports.get(port), subset?.others, host?.ports.get(port), host?.others].find(isSaid) ?? false
}

function isSaid(limited: boolean | undefined): boolean {
  return limited !== undefined
}

/**
 * `http2MaxRequests` bounds HTTP/1.1, too. Without it both others are needed: each alone leaves requests waiting for a
 * connection, or connections, without a bound. 0 is Istio's default, 2^32-1.
 */
function isBounded(pool: Pooled['connectionPool']): boolean {
  const { tcp, http } = pool ?? {}
  return Boolean(http?.http2MaxRequests || (http?.http1MaxPendingRequests && tcp?.maxConnections))
}
