// Changes of the versions, while the API server fails now and then.
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { Cluster, Page, WatchEvent } from '../../../../plugin/client/client.ts'
import { watchVersions } from '../../../../plugin/follow/version-watch.ts'
import type { StoredVirtualService } from '../../../../plugin/resources/virtual-services.ts'

const before: StoredVirtualService = {
  metadata: { name: 'httpbin', namespace: 'prod', uid: 'u', resourceVersion: '1' },
  spec: { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin' } }] }] }
}
const after: StoredVirtualService = {
  metadata: { ...before.metadata, resourceVersion: '2' },
  spec: {
    hosts: ['httpbin'],
    http: [{ route: [{ destination: { host: 'httpbin' } }], mirror: { host: 'httpbin', subset: 'v2' } }]
  }
}

/** Of one VirtualService, `after` by now, without Services; the first lists of `failing` collections fail. */
function makeCluster(failing: Record<string, number>): Cluster {
  const unused = () => {
    throw new Error('not asked of')
  }
  return {
    namespace: 'prod',
    contextName: '',
    request: unused,
    command: unused,
    warn: unused,
    async *list<T>(path: string): AsyncGenerator<Page<T>> {
      await nextTurn()
      const name = path.split('/').at(-1)!
      failing[name] = (failing[name] ?? 0) - 1
      if (failing[name] >= 0) throw new Error(`${name} cannot be listed`)
      // What is asked for is what this path has.
      const items = (name === 'virtualservices' ? [after] : []) as unknown as T[]
      yield { items, resourceVersion: '2' }
    },
    // oxlint-disable-next-line require-yield -- nothing changes any more
    async *watch<T>(_: string, options: { signal?: AbortSignal } = {}): AsyncGenerator<WatchEvent<T>> {
      await once(options.signal!, 'abort')
    },
    stream: unused,
    httpsOptions: unused,
    close: () => {}
  }
}

test.for(['virtualservices', 'services', 'destinationrules'])(
  'a change is followed although %s could not be listed at first, and that is reported',
  async (collection) => {
    const stop = new AbortController()
    const found: string[][] = []
    const errors: string[] = []
    const watching = watchVersions(makeCluster({ [collection]: 3 }), before, {
      signal: stop.signal,
      pause: (_, signal) => nextTurn(undefined, { signal }),
      onVersions: (versions) => found.push(versions.map(({ role, label }) => `${role} ${label}`)),
      onBroken: (error) => errors.push(error.message),
      onAnswered: () => {},
      say: () => {}
    })
    await vi.waitFor(() => expect(found).toEqual([['live httpbin', 'mirror v2']]))
    stop.abort()
    await watching
    expect(errors).toEqual(Array.from({ length: 3 }, () => `${collection} cannot be listed`))
  }
)
