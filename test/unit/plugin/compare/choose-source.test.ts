import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Cluster, RequestOptions } from '../../../../plugin/client/client.ts'
import { chooseSource } from '../../../../plugin/compare/choose-source.ts'
import { ApiError } from '../../../../plugin/io/errors.ts'
import type { Pod } from '../../../../plugin/resources/pods.ts'
import type { Version } from '../../../../plugin/resources/versions.ts'

const PROXY_LINE =
  '[2026-10-10T13:55:36.123Z] "GET /get HTTP/1.1" 200 - 0 42 7 6 "10.0.0.7" "curl/8" ' +
  '"6f9619ff-8b86-9011-b42d-00c04fc964ff" "httpbin:8000" "10.0.0.9:80"'
const APPLICATION_LINE = '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /get HTTP/1.1" 200 42 "-" "curl/8"'

/** What each container of each version prints; without `istio-proxy` its pod has no sidecar. */
type Logs = Readonly<Record<'v1' | 'v2', Readonly<Record<string, string>>>>

/** What the mesh's configuration says; absent: it may not be read. */
type Mesh = { readonly config: string; readonly telemetries?: readonly object[] } | undefined

function clusterOf(logs: Logs, mesh: Mesh): Cluster {
  const podOf = (version: string): Pod => {
    const names = Object.keys(logs[version as 'v1'])
    return {
      metadata: { name: version, namespace: 'prod', uid: version, resourceVersion: '1', labels: { version } },
      spec: { containers: names.map((name) => ({ name })) },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: names.map((name) => ({ name, containerID: `${version} ${name}`, state: { running: {} } }))
      }
    }
  }
  const stub = {
    command: (words: string) => `kubectl ${words}`,
    request: async () => {
      if (mesh === undefined) throw new ApiError(403, {})
      return { data: { mesh: mesh.config } }
    },
    async *list(path: string, { query }: RequestOptions = {}) {
      if (path.endsWith('/telemetries')) {
        yield { items: path.includes('/prod/') ? (mesh?.telemetries ?? []) : [], resourceVersion: '1' }
        return
      }
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

async function choose(logs: Logs, accessLogs = false, mesh?: Mesh, sample = 1, cluster = clusterOf(logs, mesh)) {
  const versions = (['v1', 'v2'] as const).map((label): Version => {
    const role = label === 'v1' ? 'live' : 'mirror'
    const destination = { host: 'httpbin', subset: label, percent: 100 }
    return { role, label, destination, namespace: 'prod', selector: { version: label }, findings: [] }
  })
  const said: string[] = []
  const options = {
    cluster,
    versions,
    say: (text: string) => void said.push(text),
    now: () => new Date(),
    sample
  }
  return { source: await chooseSource(options, accessLogs, new AbortController().signal), said: said.join('\n') }
}

test('takes the sidecars where they write, one side being silent', async () => {
  const { source } = await choose({
    v1: { app: APPLICATION_LINE, 'istio-proxy': PROXY_LINE },
    v2: { app: APPLICATION_LINE, 'istio-proxy': '' }
  })
  expect(source).toMatchObject({ approximate: false })
})

test('says until when connections from before the access logs were switched on carry requests unseen', async () => {
  const logs = { v1: { 'istio-proxy': PROXY_LINE }, v2: { 'istio-proxy': PROXY_LINE } }
  const { source } = await choose(logs, true)
  expect(source.settled).toBeGreaterThan(Date.now())
  expect((await choose(logs)).source.settled).toBeUndefined()
})

test('does not read sidecars of which one version has none: it would miss every copy', async () => {
  const { source, said } = await choose({
    v1: { app: APPLICATION_LINE, 'istio-proxy': PROXY_LINE },
    v2: { app: APPLICATION_LINE }
  })
  expect(source).toMatchObject({ approximate: true })
  expect(said).toContain('pods of v2 have no sidecar')
  expect(said).toContain('kubectl label namespace prod istio-injection=enabled, then')
})

test.each([false, true])('refuses where nothing shows the requests of one version (--access-logs: %s)', async (on) => {
  const logs = { v1: { app: '', 'istio-proxy': PROXY_LINE }, v2: { app: '' } }
  await expect(choose(logs, on)).rejects.toThrow('pods of v2 have no sidecar, and the applications write no access log')
})

const SILENT = { v1: { app: '', 'istio-proxy': '' }, v2: { app: '', 'istio-proxy': '' } }
const ON = { config: 'accessLogFile: /dev/stdout' }

test('says that the access logs are off where they are, and only there', async () => {
  await expect(choose(SILENT, false, { config: '' })).rejects.toThrow(
    'the access logs of v1 and v2 are off (the sidecars write none to their standard output), and the applications'
  )
  const off = {
    metadata: { name: 'off', namespace: 'prod' },
    spec: {
      selector: { matchLabels: { version: 'v2' } },
      accessLogging: [{ providers: [{ name: 'envoy' }], disabled: true }]
    }
  }
  await expect(choose(SILENT, false, { ...ON, telemetries: [off] })).rejects.toThrow('the access logs of v2 are off')
  expect((await choose(SILENT, false, ON)).source).not.toHaveProperty('ifSilent')
  expect((await choose(SILENT)).source.ifSilent).toContain('access logs are probably off')
})

test('believes the lines where the configuration says that there are none', async () => {
  const logs = { v1: { 'istio-proxy': PROXY_LINE }, v2: { 'istio-proxy': PROXY_LINE } }
  const { source } = await choose(logs, false, { config: '' })
  expect(source).toMatchObject({ approximate: false })
  // They may be of a time before.
  expect(source.ifSilent).toContain('the access logs of v1 and v2 are off')
})

test('takes no other source because the lines cannot be read: that they are there is said', async () => {
  const logs = {
    v1: { app: APPLICATION_LINE, 'istio-proxy': 'GET /a' },
    v2: { app: APPLICATION_LINE, 'istio-proxy': '' }
  }
  const { source, said } = await choose(logs)
  expect([source.approximate, said]).toEqual([false, ''])
  const found: unknown[] = []
  await source.read(
    (record) => void found.push(record),
    { follow: false, sinceSeconds: 1e9 },
    new AbortController().signal
  )
  expect(found).toEqual([{ unread: 'live', line: 'GET /a' }])
})

test('knows that a filter leaves requests out of a log', async () => {
  const filtered = {
    metadata: { name: 'f', namespace: 'prod' },
    spec: { accessLogging: [{ providers: [{ name: 'envoy' }], filter: { expression: 'response.code >= 500' } }] }
  }
  const { source } = await choose(SILENT, false, { ...ON, telemetries: [filtered] })
  expect(source).toMatchObject({ isPartial: true })
  expect(source.blindTo).toContain('log only some requests')
})

test('refuses a sample where records have no ids, and counts no sample to find out whether there are any', async () => {
  const bare = { v1: { app: APPLICATION_LINE }, v2: { app: APPLICATION_LINE } }
  await expect(choose(bare, false, undefined, 10)).rejects.toThrow('no request ids, by which --sample chooses')
  const sidecars = { v1: { 'istio-proxy': PROXY_LINE }, v2: { 'istio-proxy': PROXY_LINE } }
  const { source, said } = await choose(sidecars, false, undefined, 65_536)
  expect([source.approximate, source.sample, said]).toEqual([false, 65_536, ''])
})

test('reads no more logs than it takes to see a line of each version', async () => {
  const sidecars = { v1: { 'istio-proxy': PROXY_LINE }, v2: { 'istio-proxy': PROXY_LINE } }
  const pods = 100
  const cluster = clusterOf(sidecars, undefined)
  let read = 0
  const many = {
    ...cluster,
    async *list(path: string, options?: RequestOptions) {
      for await (const page of cluster.list<Pod>(path, options)) {
        const [pod] = page.items
        if (pod === undefined) yield page
        else yield { ...page, items: Array.from({ length: pods }, (_, nth) => numbered(pod, nth)) }
      }
    },
    stream: async (path: string, options?: RequestOptions) => {
      read++
      await pause(5)
      return cluster.stream(path.replace(/-\d+\/log$/, '/log'), options)
    }
  }
  const { source } = await choose(sidecars, false, undefined, 1, many as unknown as Cluster)
  expect(source.approximate).toBe(false)
  expect(read).toBeLessThan(2 * pods)
})

function numbered(pod: Pod, nth: number): Pod {
  const name = `${pod.metadata.name}-${nth}`
  return { ...pod, metadata: { ...pod.metadata, name, uid: name } }
}
