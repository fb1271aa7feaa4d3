// Objects that cannot be written or deleted: they keep no other from being cleaned or removed.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isExpired } from '../../../../mirror/temporary.ts'
import { cleanUp } from '../../../../webhook/controller/cleanup.ts'
import { ApiError } from '../../../../webhook/kubernetes/client.ts'
import { removeLeftovers } from '../../../../webhook/controller/temporary-objects.ts'
import { unwatched } from '../doubles.ts'

/** Every write to `a` is refused. */
function clusterOf(annotations: Readonly<Record<string, string>>) {
  const written: string[] = []
  const objects = ['a', 'b'].map((name) => ({
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', annotations },
    spec: {}
  }))
  const cluster = unwatched(async (method, path) => {
    const name = /\/([ab])(?:\?|$)/.exec(path)?.[1]
    if (name === undefined) return { metadata: {}, items: path.includes('telemetries') ? [] : objects }
    if (method === 'GET') return objects.find(({ metadata }) => metadata.name === name)
    if (name === 'a') throw new ApiError(403, 'denied by policy')
    written.push(path)
    return objects[1]
  })
  return { cluster, written }
}

test('clean-up continues past a route that may not be written, and says which', async () => {
  const { cluster, written } = clusterOf({ 'kubectl-mirror.dev/to': 'v2' })
  const filters = '/apis/networking.istio.io/v1alpha3/namespaces/ns/envoyfilters'
  const rules = '/apis/networking.istio.io/v1/namespaces/ns/destinationrules'
  expect(await cleanUp(cluster)).toEqual({
    cleaned: ['ns/b', 'HTTPRoute ns/b'],
    removed: [],
    left: [`${rules}/a`, `${rules}/b`, `${filters}/a`, `${filters}/b`],
    refused: ['ns/a: denied by policy', 'HTTPRoute ns/a: denied by policy']
  })
  const [istio, gatewayApi] = ['/apis/networking.istio.io/v1', '/apis/gateway.networking.k8s.io/v1']
  const paths = [`${istio}/namespaces/ns/virtualservices/b`, `${gatewayApi}/namespaces/ns/httproutes/b`]
  expect(new Set(written)).toEqual(new Set(paths))
})

test.for([
  ['2026-01-01T00:00:00Z', true],
  ['2126-01-01T00:00:00Z', false],
  ['2026-01-01', false],
  ['1', false],
  ['yesterday', false],
  ['', false],
  [undefined, false]
] as const)('what expires at %s is over: %s', ([expires, over]) => {
  const annotations = expires === undefined ? {} : { 'kubectl-mirror.dev/expires': expires }
  expect(isExpired(annotations, new Date('2026-06-01T00:00:00Z'))).toBe(over)
})

test('a label alone removes nothing, whatever annotations there are', () => {
  for (const annotations of [undefined, null, {}]) expect(isExpired(annotations, new Date())).toBe(false)
})

test('a leftover that cannot be removed keeps no other', async () => {
  const { cluster, written } = clusterOf({ 'kubectl-mirror.dev/expires': '2026-01-01T00:00:00Z' })
  const warned: unknown[] = []
  const log = { info: () => undefined, warn: (fields: object) => void warned.push(fields) }
  const stop = new AbortController()
  const removing = removeLeftovers({ now: () => new Date(), cluster, log, signal: stop.signal })
  await sleep(50)
  stop.abort()
  await removing
  expect(written).toEqual(['/apis/networking.istio.io/v1alpha3/namespaces/ns/envoyfilters/b'])
  expect(warned).toEqual([expect.objectContaining({ path: expect.stringMatching(/\/namespaces\/ns\/[a-z]+\/a$/) })])
})
