import { expect, test } from 'vitest'
import { TEMPORARY } from '../../../../../mirror/temporary.ts'
import type { Cluster, RequestOptions } from '../../../../../plugin/client/client.ts'
import { switchOnAccessLogs } from '../../../../../plugin/compare/sources/telemetry.ts'
import type { Version } from '../../../../../plugin/resources/versions.ts'

const VERSIONS = ['v1', 'v1', 'v2'].map((label): Version => {
  const destination = { host: 'httpbin', subset: label, percent: 100 }
  return {
    role: 'live',
    label,
    destination,
    namespace: 'shop',
    selector: { app: 'httpbin', version: label },
    findings: []
  }
})

/** An API server with these Telemetries. */
function clusterOf(...telemetries: readonly { selector?: object; labels?: object }[]) {
  const created: unknown[] = []
  const items = telemetries.map(({ selector, labels }, index) => ({
    metadata: { name: `t${index}`, namespace: 'shop', labels },
    spec: selector ? { selector: { matchLabels: selector } } : {}
  }))
  const stub = {
    request: async (_: string, __: string, { body }: RequestOptions) => void created.push(body),
    async *list(_: string, { query }: RequestOptions = {}) {
      yield { items: query?.labelSelector ? [] : items, resourceVersion: '1' }
    }
  }
  // Nothing else is asked of it.
  return { cluster: stub as unknown as Cluster, created }
}

test('each workload gets one Telemetry, which outlasts the run by an hour', async () => {
  const { cluster, created } = clusterOf()
  await switchOnAccessLogs(cluster, VERSIONS, new Date(0), 60_000)
  expect(created).toMatchObject(
    ['v1', 'v2'].map((version) => ({
      metadata: { annotations: { 'kubectl-mirror.dev/expires': '1970-01-01T01:01:00.000Z' } },
      spec: {
        selector: { matchLabels: { app: 'httpbin', version } },
        accessLogging: [{ providers: [{ name: 'envoy' }] }]
      }
    }))
  )
})

test('is refused where a Telemetry selects a workload: Istio would use only the older one', async () => {
  const { cluster, created } = clusterOf({ selector: { app: 'httpbin' } }, {}, { selector: { version: 'v3' } })
  await expect(switchOnAccessLogs(cluster, VERSIONS, new Date(0))).rejects.toThrow(
    /^telemetry\.telemetry\.istio\.io\/t0 in shop already configures these workloads; add accessLogging/
  )
  expect(created).toEqual([])
})

test("another run's Telemetry is no reason to refuse", async () => {
  const { cluster, created } = clusterOf({ selector: { version: 'v1' }, labels: { [TEMPORARY]: 'access-logs' } })
  await switchOnAccessLogs(cluster, VERSIONS, new Date(0))
  expect(created).toHaveLength(2)
})
