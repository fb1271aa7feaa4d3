// Who leads, against a model of the API's Lease: versions, conflicts, and clocks that differ. The tests only wait:
// side by side.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ApiError, type Cluster, type SendOptions } from '../../../../webhook/kubernetes/client.ts'
import { holdLease } from '../../../../webhook/kubernetes/lease.ts'
import { unwatched } from '../doubles.ts'

interface Stored {
  readonly metadata: { readonly resourceVersion: string }
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string; readonly leaseTransitions?: number }
}

const DURATION = 500
const PATH = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/l'

function modelOf(spec?: Stored['spec']) {
  let version = 1
  let lease: Stored | undefined
  const store = (next: Stored['spec']): Stored =>
    (lease = { metadata: { resourceVersion: String(++version) }, ...(next && { spec: next }) })
  if (spec) store(spec)
  const send = async (method: string, path: string, { body }: SendOptions = {}): Promise<unknown> => {
    const sent = body as Stored // what the code under test writes
    if (method === 'POST') {
      expect(path).toBe(PATH.slice(0, PATH.lastIndexOf('/')))
      if (lease) throw new ApiError(409, 'already exists')
      return store(sent.spec)
    }
    expect(path).toBe(PATH)
    if (!lease) throw new ApiError(404, 'not found')
    if (method === 'GET') return lease
    if (sent.metadata.resourceVersion !== lease.metadata.resourceVersion) throw new ApiError(409, 'conflict')
    return store(sent.spec)
  }
  return {
    cluster: unwatched(send),
    store,
    holder: () => lease?.spec?.holderIdentity,
    remove: () => void (lease = undefined)
  }
}

function candidate(cluster: Cluster) {
  const stop = new AbortController()
  const failures: unknown[] = []
  const terms: AbortSignal[] = []
  const failed = (error: unknown): void => void failures.push(error)
  const options = { path: PATH, identity: 'me', signal: stop.signal, failed, durationMs: DURATION }
  const ended = holdLease(options, cluster, async (signal) => void terms.push(signal))
  return {
    terms,
    failures,
    leads: () => terms.some(({ aborted }) => !aborted),
    async end() {
      stop.abort()
      await ended
    }
  }
}

const HOUR = 3_600_000

test.concurrent.for([
  ['an hour behind', -HOUR],
  ['an hour ahead', HOUR],
  ['none at all', undefined]
] as const)('a holder whose clock is %s keeps the Lease while it renews it, and no longer', async ([, offset]) => {
  let renewals = 0
  const spec = () => ({
    holderIdentity: 'other',
    leaseTransitions: renewals++,
    ...(offset !== undefined && { renewTime: new Date(Date.now() + offset).toISOString() })
  })
  const { cluster, store, holder } = modelOf(spec())
  const me = candidate(cluster)
  for (const end = Date.now() + 3 * DURATION; Date.now() < end; await sleep(DURATION / 5)) store(spec())
  expect(me.leads()).toBe(false)
  store(spec())
  await sleep(DURATION * 2)
  expect({ leads: me.leads(), holder: holder() }).toEqual({ leads: true, holder: 'me' })
  await me.end()
  expect(holder()).toBe('')
})

test.concurrent('a Lease that is missing is made, also one that is deleted while it is held', async () => {
  const { cluster, holder, remove } = modelOf()
  const me = candidate(cluster)
  await sleep(DURATION / 2)
  expect(holder()).toBe('me')
  remove()
  await sleep(DURATION)
  expect({ holder: holder(), terms: me.terms.length, failures: me.failures }).toEqual({
    holder: 'me',
    terms: 1,
    failures: []
  })
  await me.end()
})

test.concurrent('a leader whose renewals get no answer has stopped before another may begin', async () => {
  const { cluster } = modelOf()
  let hangs = false
  const hanging: Cluster = {
    ...cluster,
    send: (method, path, options) =>
      hangs
        ? new Promise((_, reject) =>
            options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
          )
        : cluster.send(method, path, options)
  }
  const me = candidate(hanging)
  await sleep(DURATION / 2)
  expect(me.leads()).toBe(true)
  hangs = true
  await sleep(DURATION * 1.2)
  expect(me.leads()).toBe(false)
  hangs = false
  await me.end()
})

test.concurrent('a term that fails is ended whole before the next begins: no two controllers side by side', async () => {
  const { cluster } = modelOf()
  const stop = new AbortController()
  const failures: unknown[] = []
  const terms: AbortSignal[] = []
  const options = { path: PATH, identity: 'a', signal: stop.signal, failed: (error: unknown) => failures.push(error) }
  const holding = holdLease(options, cluster, async (signal) => {
    terms.push(signal)
    throw new Error('a duty fails')
  })
  await sleep(100)
  expect(terms.map(({ aborted }) => aborted)).toEqual([true])
  expect(failures).toEqual([new Error('a duty fails')])
  stop.abort()
  await holding
})

test.concurrent('a Lease that has changed hands as often as the API server can count is still taken', async () => {
  const most = 2 ** 31 - 1
  const { cluster, holder } = modelOf({ holderIdentity: '', leaseTransitions: most })
  const send: Cluster['send'] = (method, path, options) => {
    const { spec } = (options?.body ?? {}) as { readonly spec?: { readonly leaseTransitions: number } }
    if (spec && spec.leaseTransitions > most) throw new ApiError(400, 'cannot unmarshal number into int32')
    return cluster.send(method, path, options)
  }
  const me = candidate({ ...cluster, send })
  await sleep(DURATION / 2)
  expect({ leads: me.leads(), holder: holder(), failures: me.failures }).toEqual({
    leads: true,
    holder: 'me',
    failures: []
  })
  await me.end()
})
