import { expect, test } from 'vitest'
import type { Cluster, RequestOptions } from '../../../../../plugin/client/client.ts'
import { addTapFilters } from '../../../../../plugin/compare/tap/envoy-filter.ts'

test("every workload's filter has the tap of this run, and Istio's warning of EnvoyFilters is not shown", async () => {
  const created: RequestOptions[] = []
  const stub = { request: async (_: string, __: string, options: RequestOptions) => void created.push(options) }
  const workloads = ['v1', 'v2'].map((version) => ({ namespace: 'prod', selector: { version } }))
  // Nothing else is asked of it.
  const { configId, renew } = await addTapFilters(stub as unknown as Cluster, workloads, new Date(0))
  expect(created).toMatchObject(
    ['v1', 'v2'].map((version, index) => ({
      body: {
        kind: 'EnvoyFilter',
        metadata: { name: `${configId}-${index + 1}` },
        spec: {
          workloadSelector: { labels: { version } },
          configPatches: [
            { patch: { value: { typed_config: { common_config: { admin_config: { config_id: configId } } } } } }
          ]
        }
      }
    }))
  )
  await renew(new Date(0))
  expect(created.map(({ quiet }) => quiet)).toEqual([true, true, true, true])
})
