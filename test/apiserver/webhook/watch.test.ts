// A followed collection on an API server that is killed and comes back: nothing is missed, nothing kept.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../../webhook/kubernetes/client.ts'
import { createDigests, type Named } from '../../../webhook/kubernetes/digests.ts'
import { follow } from '../../../webhook/kubernetes/watch.ts'
import { kubectl as kubectlAs, restartServer } from '../own-server.ts'
import { until } from '../../until.ts'
import { connectAs } from './under-test.ts'

const NAMESPACE = 'watch'
let cluster: Cluster

const kubectl = (args: readonly string[], input = '') => kubectlAs(['-n', NAMESPACE, ...args], input)

beforeAll(async () => {
  await kubectl(['create', 'namespace', NAMESPACE])
  await kubectl(['create', 'serviceaccount', 'watcher'])
  const binding = ['--clusterrole=cluster-admin', `--serviceaccount=${NAMESPACE}:watcher`]
  await kubectl(['create', 'clusterrolebinding', 'watcher', ...binding])
  cluster = await connectAs('watcher', NAMESPACE)
})
afterAll(() => cluster.close())

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
  const source = { path: `/api/v1/namespaces/${NAMESPACE}/configmaps`, metadataOnly }
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
    async () => !digests.all.has('watch/many-7') && digests.all.get('watch/many-8') === '{"n":"changed"}'
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
  await restartServer()
  await kubectl(['delete', 'configmap', 'many-1'])
  await kubectl(['create', 'configmap', 'afterwards', '--from-literal=n=1'])
  await until(
    'both are known',
    async () => digests.all.has('watch/afterwards') && !digests.all.has('watch/many-1'),
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
