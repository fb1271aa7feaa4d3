// Hundreds of pods: as many logs at once as allowed, shared fairly between the versions, said aloud, and never an end.
import { setTimeout as pause } from 'node:timers/promises'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connect, type Cluster } from '../../../../plugin/client/client.ts'
import { ApiError } from '../../../../plugin/io/errors.ts'
import { Follower, type FollowerOptions } from '../../../../plugin/follow/follower.ts'
import { Merge } from '../../../../plugin/follow/merge.ts'
import type { Notice } from '../../../../plugin/follow/notices.ts'
import type { Origin, Selection } from '../../../../plugin/follow/origin.ts'
import { ApiModel } from './api-model.ts'
import { textOf } from './lines.ts'

const LIMIT = 50
const PATIENCE = { timeout: 10_000 }

let api: ApiModel
let cluster: Cluster
let stop: AbortController

beforeEach(async () => {
  api = new ApiModel()
  stop = new AbortController()
  const io = {
    env: {},
    stderr: new PassThrough(),
    stdin: new PassThrough(),
    signal: stop.signal,
    now: () => new Date()
  }
  cluster = await connect({ server: await api.start(), kubeconfig: '/dev/null' }, io)
})
afterEach(async () => {
  cluster.close()
  await api.stop()
})

const source = (role: Selection['role'], version: string): Selection => {
  const selector = { app: 'app', version }
  return { key: `prod/${version}`, role, version, namespace: 'prod', selector }
}

function makeFollower(options: Partial<FollowerOptions> = {}) {
  const printed: string[] = []
  const notices: Notice[] = []
  const later = (milliseconds: number, act: () => void) => {
    const timer = setTimeout(act, milliseconds)
    return () => clearTimeout(timer)
  }
  const follower = new Follower({
    cluster,
    choice: { exclude: [] },
    first: { startedAt: 0 },
    limit: LIMIT,
    merge: new Merge<Origin>({
      emit: (origin, line) => printed.push(`${origin.role} ${origin.version} ${textOf(line)}`),
      flush: () => undefined,
      now: () => performance.now(),
      later
    }),
    notify: (notice) => notices.push(notice),
    pause: (milliseconds, signal) => pause(milliseconds, undefined, { signal }),
    now: () => 0,
    ...options
  })
  const queues = () => notices.filter(({ type }) => type === 'queue')
  return { follower, printed, notices, queues }
}

const open = (version: string) => [...api.open].filter((pod) => pod.startsWith(`app-${version}-`)).length

test('200 pods of one version leave half of the requests to the other, also when that comes later', async () => {
  api.add('v1', 200)
  const { follower, printed, notices, queues } = makeFollower()
  follower.follow([source('live', 'v1'), source('mirror', 'v2')])
  const done = follower.run(stop.signal)
  await vi.waitFor(() => expect(open('v1')).toBe(LIMIT), PATIENCE)
  expect(queues()).toEqual([{ type: 'queue', active: LIMIT, all: 200 }])

  api.add('v2', 100)
  await vi.waitFor(() => expect([open('v1'), open('v2')]).toEqual([25, 25]), PATIENCE)

  api.remove('v1')
  // All but those that are being read.
  const gaps = () => notices.filter((notice) => notice.type === 'tail' && notice.event.type === 'gap')
  await vi.waitFor(() => expect(gaps()).toHaveLength(175), PATIENCE)
  expect(open('v2')).toBe(25)
  stop.abort()
  await done
  // Each log that was read gave its line once; those that had to make room did not begin anew.
  expect(new Set(printed).size).toBe(printed.length)
  expect(printed).toHaveLength(LIMIT + 25)
  expect(api.mostOpen).toBeLessThanOrEqual(LIMIT + 1)
})

test('a version that takes another part keeps its logs open, and its lines say so', async () => {
  api.add('v1', 1)
  api.add('v2', 1)
  const { follower, printed } = makeFollower()
  follower.follow([source('live', 'v1'), source('mirror', 'v2')])
  const done = follower.run(stop.signal)
  await vi.waitFor(() => expect(printed).toHaveLength(2), PATIENCE)
  follower.follow([source('mirror', 'v1'), source('live', 'v2')])
  api.add('v2', 1)
  await vi.waitFor(() => expect(printed).toContain('live v2 I am app-v2-2'), PATIENCE)
  expect(api.asked).toHaveLength(3)

  follower.follow([source('live', 'v2')])
  await vi.waitFor(() => expect(open('v1')).toBe(0), PATIENCE)
  expect(open('v2')).toBe(2)
  stop.abort()
  await done
})

const V1_AND_V2 = [source('live', 'v1'), source('mirror', 'v2')]

test('a version whose pods may not be listed leaves the other to be followed, and is tried again', async () => {
  api.add('v1', 1)
  api.add('v2', 1)
  api.forbidden.lists.add('v2')
  const { follower, printed, notices } = makeFollower()
  follower.follow(V1_AND_V2)
  const done = follower.run(stop.signal)
  await vi.waitFor(() => expect(printed).toEqual(['live v1 I am app-v1-0']), PATIENCE)
  await vi.waitFor(() => expect(notices).toContainEqual(expect.objectContaining({ type: 'watch' })), PATIENCE)
  api.forbidden.lists.delete('v2')
  await vi.waitFor(() => expect(printed).toContain('mirror v2 I am app-v2-1'), PATIENCE)
  stop.abort()
  await done
})

test('a log that is refused once others were read does not end the run, and is tried again', async () => {
  api.add('v1', 1)
  api.forbidden.logs.add('v2')
  const { follower, printed } = makeFollower()
  follower.follow(V1_AND_V2)
  const done = follower.run(stop.signal)
  await vi.waitFor(() => expect(printed).toHaveLength(1), PATIENCE)
  api.add('v2', 1)
  await pause(300)
  api.forbidden.logs.delete('v2')
  await vi.waitFor(() => expect(printed).toContain('mirror v2 I am app-v2-1'), PATIENCE)
  stop.abort()
  await done
})

test.for(['lists', 'logs'] as const)('where every version refuses its %s the run ends', async (what) => {
  api.add('v1', 1)
  api.add('v2', 1)
  for (const version of ['v1', 'v2']) api.forbidden[what].add(version)
  const { follower } = makeFollower()
  follower.follow(V1_AND_V2)
  await expect(follower.run(stop.signal)).rejects.toThrow('pods is forbidden')
})

test.for(['lists', 'logs'] as const)(
  'where both versions are needed one that refuses its %s ends the run',
  async (what) => {
    api.add('v1', 1)
    api.add('v2', 1)
    api.forbidden[what].add('v2')
    const { follower } = makeFollower({ needsEvery: true })
    follower.follow(V1_AND_V2)
    await expect(follower.run(stop.signal)).rejects.toThrow('pods is forbidden')
  }
)

test('a version whose logs are refused does not end the run while the other is not listed yet', async () => {
  api.add('v1', 1)
  api.add('v2', 1)
  api.forbidden.logs.add('v1')
  const late: Cluster = {
    ...cluster,
    async *list<T>(path: string, options: Parameters<Cluster['list']>[1] = {}) {
      if (String(options.query?.['labelSelector']).endsWith('v2')) await pause(300)
      yield* cluster.list<T>(path, options)
    }
  }
  const { follower, printed } = makeFollower({ cluster: late })
  follower.follow(V1_AND_V2)
  const done = follower.run(stop.signal)
  await Promise.race([done, vi.waitFor(() => expect(printed).toEqual(['mirror v2 I am app-v2-1']), PATIENCE)])
  stop.abort()
  await done
})

test('what may be read is read once, and it is said that the rest is missing', async () => {
  api.add('v1', 1)
  api.add('v2', 1)
  api.forbidden.lists.add('v2')
  const { follower, printed, notices } = makeFollower()
  await follower.read(V1_AND_V2, stop.signal)
  expect(printed).toEqual(['live v1 I am app-v1-0'])
  expect(notices).toContainEqual({ type: 'unlisted', source: V1_AND_V2[1], error: expect.any(ApiError) })
})

test('where no container has the name that was asked for, it is said which there are', async () => {
  api.add('v1', 2)
  const { follower, notices } = makeFollower({ choice: { include: /nosuch/, exclude: [] } })
  const v1 = source('live', 'v1')
  await follower.read([v1], stop.signal)
  expect(notices).toEqual([{ type: 'empty', source: v1, others: ['app'] }])
})

test('a reading that is ended does not wait for the logs whose turn has not come', async () => {
  api.add('v1', 20)
  const reading = new AbortController()
  const notify = ({ type }: Notice) => type === 'tail' && reading.abort()
  const { follower } = makeFollower({ limit: 2, notify })
  await follower.read([source('live', 'v1')], reading.signal)
  expect(api.asked.length).toBeLessThan(20)
})
