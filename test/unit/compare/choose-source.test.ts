import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Cluster, RequestOptions } from '../../../plugin/cluster.ts'
import { chooseSource } from '../../../plugin/compare/choose-source.ts'
import { ApiError } from '../../../plugin/errors.ts'
import type { Pod } from '../../../plugin/pods.ts'
import type { Version } from '../../../plugin/workloads.ts'

const PROXY_LINE =
  '[2026-10-10T13:55:36.123Z] "GET /get HTTP/1.1" 200 - 0 42 7 6 "10.0.0.7" "curl/8" ' +
  '"6f9619ff-8b86-9011-b42d-00c04fc964ff" "httpbin:8000" "10.0.0.9:80"'
const APPLICATION_LINE = '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /get HTTP/1.1" 200 42 "-" "curl/8"'

/** What each container of each version prints; without `istio-proxy` its pod has no sidecar. */
type Logs = Readonly<Record<'v1' | 'v2', Readonly<Record<string, string>>>>

function clusterOf(logs: Logs): Cluster {
  const podOf = (version: string): Pod => {
    const names = Object.keys(logs[version as 'v1'])
    return {
      metadata: { name: version, namespace: 'prod', uid: version, resourceVersion: '1' },
      spec: { containers: names.map((name) => ({ name })) },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: names.map((name) => ({ name, containerID: `${version} ${name}`, state: { running: {} } }))
      }
    }
  }
  const stub = {
    command: (words: string) => `kubectl ${words}`,
    request: () => Promise.reject(new ApiError(404, {})),
    async *list(_: string, { query }: RequestOptions = {}) {
      const pod = podOf(String(query?.['labelSelector']).replace('version=', ''))
      yield { items: [pod], resourceVersion: '1' }
    },
    stream: async (path: string, { query }: RequestOptions = {}) => {
      const version = path.split('/').at(-2) as 'v1'
      const line = logs[version][String(query?.['container'])]
      const text = line ? `2026-10-10T13:55:36.200000000Z ${line}\n` : ''
      return Readable.from([Buffer.from(text)]) as IncomingMessage
    }
  }
  // Nothing else is asked of it, and no other list than of pods.
  return stub as unknown as Cluster
}

async function choose(logs: Logs, accessLogs = false) {
  const versions = (['v1', 'v2'] as const).map((label): Version => {
    const role = label === 'v1' ? 'live' : 'mirror'
    const destination = { host: 'httpbin', subset: label, percent: 100 }
    return { role, label, destination, namespace: 'prod', selector: { version: label }, findings: [] }
  })
  const said: string[] = []
  const options = { cluster: clusterOf(logs), versions, say: (text: string) => void said.push(text) }
  return { source: await chooseSource(options, accessLogs, new AbortController().signal), said: said.join('\n') }
}

describe('chooseSource', () => {
  it('takes the sidecars where they write, one side being silent', async () => {
    const { source } = await choose({
      v1: { app: APPLICATION_LINE, 'istio-proxy': PROXY_LINE },
      v2: { app: APPLICATION_LINE, 'istio-proxy': '' }
    })
    expect(source).toMatchObject({ approximate: false })
  })

  it('says until when connections from before the access logs were switched on carry requests unseen', async () => {
    const logs = { v1: { 'istio-proxy': PROXY_LINE }, v2: { 'istio-proxy': PROXY_LINE } }
    const { source } = await choose(logs, true)
    expect(source.settled).toBeGreaterThan(Date.now())
    expect((await choose(logs)).source.settled).toBeUndefined()
  })

  it('does not read sidecars of which one version has none: it would miss every copy', async () => {
    const { source, said } = await choose({
      v1: { app: APPLICATION_LINE, 'istio-proxy': PROXY_LINE },
      v2: { app: APPLICATION_LINE }
    })
    expect(source).toMatchObject({ approximate: true })
    expect(said).toContain('pods of v2 have no sidecar')
  })

  it.each([false, true])('refuses where nothing shows the requests of one version (--access-logs: %s)', async (on) => {
    const logs = { v1: { app: '', 'istio-proxy': PROXY_LINE }, v2: { app: '' } }
    await expect(choose(logs, on)).rejects.toThrow(
      'pods of v2 have no sidecar, and the applications write no access log'
    )
  })
})
