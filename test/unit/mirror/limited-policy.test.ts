// The policy of a limited subset, against a model of how Istio merges the policies of host, subset and port.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limitedPolicy, type TrafficPolicy } from '../../../mirror/limited-policy.ts'

type Fields = Readonly<Record<string, unknown>>
const PORT_FIELDS = ['connectionPool', 'loadBalancer', 'outlierDetection', 'tls']

/** MergeSubsetTrafficPolicy of Istio: what applies to one port of a subset. */
function inForce(host: TrafficPolicy | undefined, subset: TrafficPolicy | undefined, port: number): Fields {
  return merged(merged({}, host, port), subset, port)
}

function merged(base: Fields, policy: TrafficPolicy | undefined, port: number): Fields {
  const { portLevelSettings, ...fields } = policy ?? {}
  const set = Object.entries(fields).filter(([, value]) => value !== null)
  const settings = portLevelSettings?.find((one) => one.port?.number === port)
  const own = new Map<string, unknown>(Object.entries(settings ?? {}))
  const wholesale = settings && Object.fromEntries(PORT_FIELDS.map((field) => [field, own.get(field) ?? undefined]))
  return { ...base, ...Object.fromEntries(set), ...wholesale }
}

const bound = fc.option(fc.constantFrom(0, 1, 8, 64, 5000), { nil: undefined })
const pool = fc.record(
  {
    tcp: fc.record({ maxConnections: bound, connectTimeout: fc.constant('3s') }, { requiredKeys: [] }),
    http: fc.record(
      { http1MaxPendingRequests: bound, http2MaxRequests: bound, idleTimeout: fc.constant('9s') },
      { requiredKeys: [] }
    )
  },
  { requiredKeys: [] }
)
const portFields = {
  connectionPool: fc.option(pool),
  loadBalancer: fc.constantFrom({ simple: 'LEAST_REQUEST' }, { simple: 'RANDOM' }, null),
  outlierDetection: fc.constant({ consecutive5xxErrors: 5 }),
  tls: fc.constantFrom({ mode: 'DISABLE' }, { mode: 'ISTIO_MUTUAL' })
}
const port = fc.record(
  { port: fc.record({ number: fc.constantFrom(80, 8000) }), ...portFields },
  { requiredKeys: ['port'] }
)
const policy = fc.option(
  fc.record(
    {
      ...portFields,
      tunnel: fc.constant({ targetHost: 'proxy' }),
      proxyProtocol: fc.constant({ version: 'V2' }),
      portLevelSettings: fc.option(fc.array(port, { maxLength: 2 }))
    },
    { requiredKeys: [] }
  ),
  { nil: undefined }
) as fc.Arbitrary<TrafficPolicy | undefined>

interface Pool {
  readonly tcp?: Fields | null
  readonly http?: Fields | null
}

function expected(version: Fields, limit: number): Fields {
  const own = (version.connectionPool ?? {}) as Pool
  const { http } = own
  const least = (value: unknown, most: number) => Math.min(Number(value) || Infinity, most)
  return {
    ...version,
    connectionPool: {
      ...own,
      http: {
        ...http,
        http1MaxPendingRequests: least(http?.http1MaxPendingRequests, Math.ceil(limit / 4)),
        http2MaxRequests: least(http?.http2MaxRequests, limit)
      }
    }
  }
}

test('on each port a limited subset has what its version has, but for a bound of its open requests', () => {
  fc.assert(
    fc.property(policy, policy, fc.integer({ min: 1, max: 1024 }), (host, version, limit) => {
      const limited = limitedPolicy(host, version, limit)
      for (const number of [80, 8000, 9000]) {
        expect(inForce(host, limited, number)).toEqual(expected(inForce(host, version, number), limit))
      }
    }),
    { numRuns: 2000 }
  )
})

test('without any policy it is the bound alone', () => {
  const connectionPool = {
    http: { http1MaxPendingRequests: 3, http2MaxRequests: 10 }
  }
  expect(limitedPolicy(undefined, null, 10)).toEqual({ connectionPool })
})
