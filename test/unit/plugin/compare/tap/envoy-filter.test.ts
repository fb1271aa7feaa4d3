import { expect, test } from 'vitest'
import type { Cluster, RequestOptions } from '../../../../../plugin/client/client.ts'
import { ApiError } from '../../../../../plugin/io/errors.ts'
import { addTapFilters } from '../../../../../plugin/compare/tap/envoy-filter.ts'

/** An API server that answers each POST with a status, in turn. */
function serverOf(...statuses: readonly number[]) {
  const asked: (Pick<RequestOptions, 'quiet'> & { method: string })[] = []
  const stub = {
    request: async (method: string, _: string, { quiet = false }: RequestOptions = {}) => {
      const status = method === 'POST' ? statuses[asked.filter((one) => one.method === 'POST').length] : 200
      asked.push({ method, quiet })
      if (status !== 200) throw new ApiError(status!, { message: 'no' })
    }
  }
  // Nothing else is asked of it.
  return { cluster: stub as unknown as Cluster, asked }
}

const WORKLOADS = ['v1', 'v2'].map((version) => ({ namespace: 'prod', selector: { version } }))
const methods = (asked: readonly { method: string }[]) => asked.map(({ method }) => method)

test("Istio's warning of EnvoyFilters is not passed on", async () => {
  const { cluster, asked } = serverOf(200, 200)
  await (await addTapFilters(cluster, WORKLOADS, new Date(0))).renew(new Date(0))
  expect(asked.map(({ method, quiet }) => `${method} ${String(quiet)}`)).toEqual([
    'POST true',
    'POST true',
    'PATCH true',
    'PATCH true'
  ])
})

test('of a filter that was refused nothing is removed, of one whose answer was lost all', async () => {
  const refused = serverOf(200, 403)
  await expect(addTapFilters(refused.cluster, WORKLOADS, new Date(0))).rejects.toThrow('no')
  expect(methods(refused.asked)).toEqual(['POST', 'POST', 'DELETE'])
  const lost = serverOf(200, 504)
  await expect(addTapFilters(lost.cluster, WORKLOADS, new Date(0))).rejects.toThrow('no')
  expect(methods(lost.asked)).toEqual(['POST', 'POST', 'DELETE', 'DELETE'])
})
