// One object that cannot be read, or looked at, stops no other; it is told of once for each change.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDigests } from '../../../../webhook/kubernetes/digests.ts'
import { createMesh } from '../../../../webhook/admission/mesh.ts'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'
import { digestOf } from '../../../../webhook/controller/mirror-digest.ts'
import { createTargetMonitor } from '../../../../webhook/controller/target-monitor.ts'
import { createWorkQueue } from '../../../../webhook/controller/work-queue.ts'
import { until } from '../../../until.ts'
import { controllerOf } from '../doubles.ts'

const object = (name: string, resourceVersion: string, value: number) => ({
  metadata: { name, namespace: 'ns', resourceVersion },
  value
})

test('an object that cannot be digested keeps what was known of it, and stops no other', () => {
  const failures: string[] = []
  const digests = createDigests(
    ({ value }: ReturnType<typeof object>) => {
      if (value < 0) throw new Error('negative')
      return value
    },
    () => undefined,
    (key) => failures.push(key)
  )
  digests.put(object('a', '1', 1))
  for (let list = 0; list < 3; list++) {
    digests.begin()
    for (const one of [object('a', '2', -1), object('b', '3', 3)]) digests.put(one)
    digests.end()
  }
  expect(Object.fromEntries(digests.all)).toEqual({ 'ns/a': 1, 'ns/b': 3 })
  expect(failures, 'once for the change').toEqual(['ns/a'])
  digests.put(object('a', '4', -1))
  digests.put(object('a', '5', 5))
  digests.put(object('a', '6', -1))
  expect(failures).toEqual(['ns/a', 'ns/a', 'ns/a'])
  expect(digests.all.get('ns/a')).toBe(5)
})

test('a listener that throws at the end of a list keeps no other key', () => {
  const gone: string[] = []
  const digests = createDigests(
    ({ value }: ReturnType<typeof object>) => value,
    (key, now) => {
      if (now !== undefined) return
      gone.push(key)
      throw new Error('a listener fails')
    },
    () => undefined
  )
  for (const name of ['a', 'b', 'c']) digests.put(object(name, '1', 1))
  digests.begin()
  digests.end()
  expect(gone).toEqual(['ns/a', 'ns/b', 'ns/c'])
  expect(digests.all.size).toBe(0)
})

test('work that throws is done again when it says, and the others continue', async () => {
  const stop = new AbortController()
  const done: string[] = []
  const failures: string[] = []
  const work = async (key: string): Promise<undefined> => {
    if (key === 'bad' && failures.length < 2) throw new Error('it fails')
    done.push(key)
    return undefined
  }
  const failed = (key: string): number => {
    failures.push(key)
    return 5
  }
  const queue = createWorkQueue(work, { concurrency: 1, perSecond: 1000, signal: stop.signal, failed })
  for (const key of ['bad', 'a', 'b']) queue.add(key)
  await until('all are done', () => done.length === 3)
  stop.abort()
  expect(failures).toEqual(['bad', 'bad'])
  expect(done.toSorted()).toEqual(['a', 'b', 'bad'])
})

test('a mirror whose targets cannot be judged keeps no other from being told of', async () => {
  const stop = new AbortController()
  const recorded: string[] = []
  const mirror = (name: string, injected: string) =>
    [`ns/${name}`, { namespace: 'ns', name, uid: name, injected, fingerprint: name }] as const
  const failures: string[] = []
  const check = createTargetMonitor({
    mirrors: new Map([mirror('bad', 'fails/v2'), mirror('good', 'gone/v2')]),
    mesh: {
      ports(host) {
        if (host.startsWith('fails')) throw new Error('it fails')
        return undefined
      },
      subsets: () => []
    },
    current: () => true,
    record: ({ name }) => void recorded.push(name),
    metrics: createMetrics().controller,
    signal: stop.signal,
    failed: (key) => failures.push(key),
    graceMs: 1
  })
  check()
  await sleep(50)
  check()
  await sleep(50)
  stop.abort()
  expect({ recorded, failures }).toEqual({ recorded: ['good'], failures: ['ns/bad'] })
})

test('lists of the API that are null are empty', () => {
  const mesh = createMesh('cluster.local', { changed: () => undefined, failed: () => expect.unreachable() })
  const specs = [{ ports: null }, { hosts: null, ports: null }, { host: 'a', subsets: null, exportTo: null }]
  mesh.collections.forEach(({ sink }, index) => {
    sink.begin()
    for (const spec of [null, undefined, specs[index]]) {
      sink.put({ metadata: { name: 'a', namespace: 'ns' }, spec } as never)
    }
    sink.end()
  })
  expect(mesh.ports('a.ns.svc.cluster.local', 'ns')).toEqual([])
  expect(mesh.subsets('a.ns.svc.cluster.local', 'ns')).toEqual([])
})

test('a digest is small, however large what an object carries', () => {
  const annotations = {
    'kubectl-mirror.dev/to': 'v2,'.repeat(50_000),
    'kubectl-mirror.dev/headers': `x~${'(a'.repeat(400)}{999}`,
    'kubectl-mirror.dev/until': '2030-01-01T00:00:00Z',
    'kubectl-mirror.dev/injected': 'foo/bar,'.repeat(10_000),
    other: 'x'.repeat(100_000)
  }
  const metadata = { name: 'a', namespace: 'ns', uid: '1', generation: 1, annotations }
  const digest = digestOf({ metadata }, Date.now())
  expect(JSON.stringify(digest).length).toBeLessThan(9000)
  expect(digest?.injected, 'whole targets, to be watched').toMatch(/^foo\/bar,.*foo\/bar, and 8977 more$/)
  // Its other annotations are invalid: its end is still known.
  expect(digest?.until).toBe(Date.parse('2030-01-01T00:00:00Z'))
  const another = { ...metadata, annotations: { ...annotations, 'kubectl-mirror.dev/to': 'v3' } }
  expect(digestOf({ metadata: another }, Date.now())?.fingerprint).not.toBe(digest?.fingerprint)
})

test('one VirtualService that the API refuses is logged once, and the others are healed', async () => {
  const stop = new AbortController()
  const warned: object[] = []
  const patched: string[] = []
  const controller = controllerOf(
    async (_, path, { warned: tell } = {}) => {
      const name = path.split('/').at(-1) ?? ''
      patched.push(name)
      if (name === 'bad') throw new Error('denied by policy')
      tell?.('299 - "kubectl-mirror reviewed this: mirrored, policy 1"')
      return { metadata: { name, namespace: 'ns', uid: name, annotations: { 'kubectl-mirror.dev/to': 'v2' } } }
    },
    { log: { warn: (fields) => void warned.push(fields), info: () => undefined }, signal: stop.signal }
  )
  controller.begin()
  for (const name of ['bad', 'good']) {
    controller.put({ metadata: { name, namespace: 'ns', uid: name, annotations: { 'kubectl-mirror.dev/to': 'v2' } } })
  }
  controller.end()
  await until('the bad one is tried again', () => patched.filter((name) => name === 'bad').length > 1)
  stop.abort()
  expect(patched).toContain('good')
  expect(warned).toMatchObject([{ virtualService: 'ns/bad' }])
})
