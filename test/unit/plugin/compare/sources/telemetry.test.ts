import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../../../../plugin/client/client.ts'
import { switchOnAccessLogs } from '../../../../../plugin/compare/sources/telemetry.ts'
import { ApiError } from '../../../../../plugin/io/errors.ts'
import type { Version } from '../../../../../plugin/resources/versions.ts'

/** An API server without Telemetries; `fails` says which requests it refuses. */
function clusterOf(fails: (method: string, path: string) => boolean, status = 503) {
  const asked: string[] = []
  const stub = {
    command: (words: string) => `kubectl ${words}`,
    request: async (method: string, path: string) => {
      asked.push(`${method} ${path}`)
      if (fails(method, path)) throw new ApiError(status, { message: 'etcd is away' })
    },
    async *list() {
      yield { items: [], resourceVersion: '1' }
    }
  }
  // Nothing else is asked of it.
  return { cluster: stub as unknown as Cluster, asked }
}

const VERSIONS = ['v1', 'v2'].map((label): Version => {
  const destination = { host: 'httpbin', subset: label, percent: 100 }
  return { role: 'live', label, destination, namespace: label, selector: { version: label }, findings: [] }
})

describe('switchOnAccessLogs', () => {
  it('takes away all that it can, and names what it cannot', async () => {
    const { cluster, asked } = clusterOf((method, path) => method === 'DELETE' && path.includes('/namespaces/v1/'))
    const switchOff = await switchOnAccessLogs(cluster, VERSIONS, new Date(0))
    expect(await switchOff()).toEqual([
      expect.stringMatching(/^telemetry\.telemetry\.istio\.io\/kubectl-mirror-compare-\w+ -n v1$/)
    ])
    expect(asked.filter((request) => request.startsWith('DELETE'))).toHaveLength(2)
  })

  it('names what is left of one that failed half-way', async () => {
    const { cluster } = clusterOf((method, path) => method === 'DELETE' || path.includes('/namespaces/v2/'))
    await expect(switchOnAccessLogs(cluster, VERSIONS, new Date(0))).rejects.toThrow(
      /etcd is away; .*kubectl delete telemetry\.telemetry\.istio\.io\/kubectl-mirror-compare-\w+ -n v1/
    )
  })

  it('claims of none that was refused that it is still there', async () => {
    const { cluster, asked } = clusterOf(() => true, 403)
    await expect(switchOnAccessLogs(cluster, VERSIONS, new Date(0))).rejects.toThrow(/^etcd is away$/)
    expect(asked.filter((request) => request.startsWith('DELETE'))).toEqual([])
  })
})
