// The traffic policy of a version with a bound of its open requests, as a subset beside it needs it. After Istio's
// MergeSubsetTrafficPolicy (pilot/pkg/networking/util/util.go). Pure; knows no DestinationRule.

/** Fields that are not named here are kept as they are. */
export interface TrafficPolicy extends PortFields {
  readonly portLevelSettings?: readonly PortPolicy[] | null
}

/** What a port may have of its own. */
interface PortFields {
  readonly connectionPool?: ConnectionPool | null
  readonly loadBalancer?: object | null
  readonly outlierDetection?: object | null
  readonly tls?: object | null
}

interface PortPolicy extends PortFields {
  readonly port?: { readonly number?: number | null } | null
}

interface ConnectionPool {
  readonly tcp?: Numbers | null
  readonly http?: Numbers | null
}

type Numbers = Readonly<Record<string, unknown>>

type Policy = TrafficPolicy | null | undefined

/**
 * `host`: of the whole host; `subset`: the version's own. Whatever this leaves out, Istio takes from the host, as it does for the
 * version. The settings of a port replace all others there, so each port that has any gets a bound of its own.
 */
export function limitedPolicy(host: Policy, subset: Policy, limit: number): TrafficPolicy {
  const { portLevelSettings: _, ...own } = subset ?? {}
  const ports = [...portsOf(subset), ...portsOf(host).map((port) => ({ ...port, ...portFieldsOf(own) }))]
  // Of two settings for one port, the version's counts, and the first.
  const distinct = ports.filter(({ port }, at) => ports.findIndex((one) => one.port?.number === port?.number) === at)
  const bound = (policy: Policy) => limitedPool(policy?.connectionPool, limit)
  return {
    ...own,
    connectionPool: bound(own.connectionPool ? own : host),
    ...(distinct.length > 0 && {
      portLevelSettings: distinct.map((port) => ({ ...port, connectionPool: bound(port) }))
    })
  }
}

function portsOf(policy: Policy): readonly PortPolicy[] {
  return (policy?.portLevelSettings ?? []).filter(({ port }) => port?.number)
}

const PORT_FIELDS = ['connectionPool', 'loadBalancer', 'outlierDetection', 'tls'] as const

function portFieldsOf(policy: PortFields): PortFields {
  return Object.fromEntries(PORT_FIELDS.flatMap((field) => (policy[field] ? [[field, policy[field]]] : [])))
}

/**
 * Envoy counts requests of HTTP/1.1 in `http2MaxRequests`, too. More wait for a connection: they are bounded as well, or they
 * would pile up instead. A bound that the version has already, and that is lower, stays. `maxConnections` is left as it is: the
 * idle connections of one worker would count, and copies of another be dropped although nothing hangs.
 */
function limitedPool(pool: ConnectionPool | null | undefined, limit: number): ConnectionPool {
  const { http } = pool ?? {}
  return {
    ...pool,
    http: {
      ...http,
      http1MaxPendingRequests: lower(http?.http1MaxPendingRequests, Math.ceil(limit / 4)),
      http2MaxRequests: lower(http?.http2MaxRequests, limit)
    }
  }
}

/** 0 is Istio's default, which is no bound. */
function lower(present: unknown, limit: number): number {
  return typeof present === 'number' && present > 0 ? Math.min(present, limit) : limit
}
