import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EXPIRES, TEMPORARY } from '../../../../mirror/temporary.ts'
import type { Cluster, RequestOptions } from '../../../../plugin/client/client.ts'
import { ApiError, ConnectionError } from '../../../../plugin/io/errors.ts'
import {
  announceRemoval,
  createTemporary,
  removeExpired,
  type TemporaryKind
} from '../../../../plugin/resources/temporary-objects.ts'

const KIND: TemporaryKind = {
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  plural: 'telemetries',
  resource: 'telemetry.telemetry.istio.io',
  purpose: 'access-logs'
}
const OBJECTS = ['one', 'two'].map((name) => ({ namespace: `ns-${name}`, name, spec: { of: name } }))
const PATHS = OBJECTS.map(
  ({ namespace, name }) => `/apis/telemetry.istio.io/v1/namespaces/${namespace}/telemetries/${name}`
)

interface Asked extends RequestOptions {
  readonly method: string
  readonly path: string
}

/** `fail` throws what the API server answers; `listed`: what it has. */
function clusterOf(fail: (asked: Asked) => void, listed: readonly object[] = []) {
  const asked: Asked[] = []
  const stub = {
    command: (words: string) => `kubectl ${words}`,
    request: async (method: string, path: string, options: RequestOptions = {}) => {
      asked.push({ method, path, ...options })
      fail(asked.at(-1)!)
    },
    async *list(_: string, { query }: RequestOptions) {
      expect(query).toEqual({ labelSelector: `${TEMPORARY}=access-logs` })
      yield { items: listed, resourceVersion: '1' }
    }
  }
  // Nothing else is asked of it.
  return { cluster: stub as unknown as Cluster, of: (method: string) => asked.filter((one) => one.method === method) }
}

const create = (cluster: Cluster) => createTemporary(cluster, KIND, OBJECTS, new Date(0))
const refuse = (status: number) => () => {
  throw new ApiError(status, { message: `answered ${status}` })
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('each object is labelled and expires, and renewing moves its expiry', async () => {
  const { cluster, of } = clusterOf(() => {})
  const objects = await create(cluster)
  expect(of('POST').map(({ body }) => body)).toEqual(
    OBJECTS.map(({ name, spec }) => ({
      apiVersion: KIND.apiVersion,
      kind: KIND.kind,
      metadata: {
        name,
        labels: { [TEMPORARY]: 'access-logs' },
        annotations: { [EXPIRES]: '1970-01-01T00:00:00.000Z' }
      },
      spec
    }))
  )
  await objects.renew(new Date(60_000))
  expect(of('PATCH').map(({ path }) => path)).toEqual(PATHS)
  expect(of('PATCH')[0]?.body).toEqual({ metadata: { annotations: { [EXPIRES]: '1970-01-01T00:01:00.000Z' } } })
})

test('removing is tried again until the API server is back', async () => {
  let isAway = true
  const { cluster, of } = clusterOf(({ method, path }) => {
    if (method === 'DELETE' && path === PATHS[0] && isAway) throw new ConnectionError('sandbox', new Error('refused'))
  })
  const removed = (await create(cluster)).remove()
  await vi.advanceTimersByTimeAsync(5000)
  isAway = false
  await vi.advanceTimersByTimeAsync(1000)
  expect(await removed).toEqual([])
  expect(of('DELETE').filter(({ path }) => path === PATHS[1])).toHaveLength(1)
})

test('what cannot be removed within 20 s is named as kubectl takes it; what is gone is not', async () => {
  const { cluster } = clusterOf(({ method, path }) => {
    if (method === 'DELETE') refuse(path === PATHS[0] ? 503 : 404)()
  })
  const removed = (await create(cluster)).remove()
  await vi.advanceTimersByTimeAsync(21_000)
  expect(await removed).toEqual(['telemetry.telemetry.istio.io/one -n ns-one'])
})

test('of an object that was refused nothing is removed, of one whose response was lost everything', async () => {
  for (const [status, removed] of [
    [403, PATHS.slice(0, 1)],
    [504, PATHS]
  ] as const) {
    const { cluster, of } = clusterOf(({ method, path }) => {
      if (method === 'POST' && path.includes('ns-two')) refuse(status)()
    })
    await expect(create(cluster)).rejects.toThrow(`answered ${status}`)
    expect(of('DELETE').map(({ path }) => path)).toEqual(removed)
  }
})

test('what is left of a creation that failed half-way is named, with the command that removes it', async () => {
  const { cluster } = clusterOf(({ method, path }) => {
    if (method === 'DELETE' || path.includes('ns-two')) refuse(403)()
  })
  const created = create(cluster).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(21_000)
  expect(await created).toMatchObject({
    messages: [
      'answered 403',
      'telemetry.telemetry.istio.io/one -n ns-one could not be removed; remove it with kubectl delete telemetry.telemetry.istio.io/one -n ns-one'
    ]
  })
})

const stored = (name: string, expires: string) => ({
  metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion: '7', annotations: { [EXPIRES]: expires } }
})

test('only what has expired is removed, and not if its run renews it meanwhile', async () => {
  const listed = [stored('old', '2026-01-01T00:00:00Z'), stored('new', '2026-01-03T00:00:00Z'), stored('odd', 'soon')]
  const { cluster, of } = clusterOf(({ method }) => method === 'DELETE' && refuse(409)(), listed)
  await removeExpired(cluster, KIND, 'ns', new Date('2026-01-02T00:00:00Z'))
  expect(of('DELETE')).toEqual([
    {
      method: 'DELETE',
      path: '/apis/telemetry.istio.io/v1/namespaces/ns/telemetries/old',
      body: { preconditions: { uid: 'uid-old', resourceVersion: '7' } }
    }
  ])
})

test('a removal that lasts says what is removed, a quick one nothing', async () => {
  const said: string[] = []
  const say = (text: string) => said.push(text)
  await announceRemoval('the tap filters', say, Promise.resolve([]))
  await vi.advanceTimersByTimeAsync(2000)
  expect(said).toEqual([])
  void announceRemoval('the tap filters', say, new Promise(() => {}))
  await vi.advanceTimersByTimeAsync(2000)
  expect(said).toEqual(['Removing the tap filters from the cluster; press Ctrl-C again to quit without finishing'])
})
