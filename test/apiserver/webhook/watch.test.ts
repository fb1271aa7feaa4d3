// A followed collection on an API server of its own, which is killed and comes back: nothing is missed, nothing kept.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../sandbox/command.ts'
import { placeOf } from '../../sandbox/place.ts'
import { Progress } from '../../sandbox/progress.ts'
import { connect, type Cluster } from '../../../webhook/kubernetes/client.ts'
import { createDigests, type Named } from '../../../webhook/kubernetes/digests.ts'
import { follow } from '../../../webhook/kubernetes/watch.ts'
import { startApiServer, type ApiServer } from '../api-server.ts'
import { findBinaries } from '../binaries.ts'
import { until } from '../../until.ts'

const stop = new AbortController()
let server: ApiServer
let folder: string
let cluster: Cluster

const kubectl = (args: readonly string[], input = '') =>
  run(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args], { input })

beforeAll(async () => {
  const { signal } = stop
  const session = { place: placeOf(process.env), progress: new Progress(process.stderr), signal }
  server = await startApiServer({ binaries: await findBinaries(session, process.env['KUBEBUILDER_ASSETS']), signal })
  await kubectl(['create', 'serviceaccount', 'watcher'])
  await kubectl([
    'create',
    'clusterrolebinding',
    'watcher',
    '--clusterrole=cluster-admin',
    '--serviceaccount=default:watcher'
  ])
  folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-watch-'))
  const { clusters } = JSON.parse(await kubectl(['config', 'view', '--raw', '--output=json'])) as {
    readonly clusters: [
      { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }
    ]
  }
  const [{ cluster: config }] = clusters
  await writeFile(join(folder, 'ca.crt'), Buffer.from(config['certificate-authority-data'], 'base64'))
  await writeFile(join(folder, 'token'), await kubectl(['create', 'token', 'watcher']))
  const { hostname, port } = new URL(config.server)
  cluster = connect({ host: hostname, port: Number(port), serviceAccountFolder: folder })
})
afterAll(async () => {
  cluster.close()
  await server.stop()
  await rm(folder, { recursive: true })
  stop.abort()
})

const ignored = (): void => undefined
const rethrow = (_: string, error: unknown): void => {
  throw error
}

interface ConfigMap extends Named {
  readonly data?: Readonly<Record<string, string>>
}

function followed(metadataOnly: boolean) {
  const seen = { heard: 0, failures: 0 }
  const digests = createDigests<ConfigMap, string>(({ data }) => JSON.stringify(data ?? null), ignored, rethrow)
  const source = { path: '/api/v1/namespaces/default/configmaps', metadataOnly }
  const end = new AbortController()
  const options = {
    signal: end.signal,
    heard: () => seen.heard++,
    current: () => undefined,
    failed: () => seen.failures++
  }
  const ended = follow(cluster, source, digests, options)
  return {
    digests,
    seen,
    async end() {
      end.abort()
      await ended
    }
  }
}

test('a long list comes whole, in pages, and then what changes', async () => {
  const items = Array.from({ length: 620 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `many-${index}` },
    data: { n: String(index) }
  }))
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const { digests, end } = followed(false)
  await until('the list is whole', async () => digests.synced() && digests.all.size === 620)
  await kubectl(['delete', 'configmap', 'many-7'])
  await kubectl(['patch', 'configmap', 'many-8', '-p', '{"data":{"n":"changed"}}'])
  await until(
    'changes are seen',
    async () => !digests.all.has('default/many-7') && digests.all.get('default/many-8') === '{"n":"changed"}'
  )
  expect(digests.all.size).toBe(619)
  await end()
})

test('metadata only: no data is sent', async () => {
  const { digests, end } = followed(true)
  await until('the list is whole', async () => digests.synced())
  expect(new Set(digests.all.values())).toEqual(new Set(['null']))
  await end()
})

test('the API server is killed and comes back: what changed meanwhile is known, and the watch continues', async () => {
  const { digests, seen, end } = followed(false)
  await until('it is listed', async () => digests.synced())
  const before = digests.all.size
  await server.restart()
  await kubectl(['delete', 'configmap', 'many-1'])
  await kubectl(['create', 'configmap', 'afterwards', '--from-literal=n=1'])
  await until(
    'both are known',
    async () => digests.all.has('default/afterwards') && !digests.all.has('default/many-1'),
    40_000
  )
  expect(digests.all.size).toBe(before)
  expect(seen.failures).toBeGreaterThan(0)
  await end()
})

test('a collection that does not exist is asked for again, ever later, and ends with the signal', async () => {
  const digests = createDigests<Named, true>(() => true, ignored, rethrow)
  const end = new AbortController()
  let failures = 0
  const ended = follow(cluster, { path: '/apis/none.example.com/v1/things' }, digests, {
    signal: end.signal,
    heard: () => undefined,
    current: () => undefined,
    failed: () => failures++
  })
  await new Promise((resolve) => setTimeout(resolve, 2500))
  end.abort()
  await ended
  expect(failures).toBeGreaterThanOrEqual(2)
  expect(failures).toBeLessThanOrEqual(5)
  expect(digests.synced()).toBe(false)
})
