// When what is known of a resource may be old: its watch broke, and no other is open yet.
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ApiError, type Cluster } from '../../../../webhook/kubernetes/client.ts'
import { createWatches } from '../../../../webhook/kubernetes/watches.ts'
import { createMesh } from '../../../../webhook/admission/mesh.ts'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'

test('a mesh is unread until it is listed, whenever a watch is broken or refused, and no longer', async () => {
  let refused = false
  let streams: PassThrough[] = []
  const cluster: Cluster = {
    send: async () => ({ metadata: { resourceVersion: '1' }, items: null }),
    async open(path) {
      if (refused && path.includes('destinationrules')) throw new ApiError(403, 'you may not watch')
      const stream = new PassThrough()
      streams.push(stream)
      return stream as unknown as IncomingMessage // a stream is all it uses
    },
    close: () => undefined
  }
  let recovered = 0
  const log = { warn: () => undefined }
  const watches = createWatches({ cluster, metrics: createMetrics().watch, log, recovered: () => recovered++ })
  const mesh = createMesh('cluster.local', { changed: () => undefined, failed: () => expect.unreachable() })
  const unread = () => mesh.unread(watches.problems())
  expect(unread()).toBe('services: not read yet; serviceentries: not read yet; destinationrules: not read yet')
  const stop = new AbortController()
  watches.start(mesh.collections, stop.signal)
  await expect.poll(unread).toBeUndefined()
  await expect.poll(() => streams.length).toBe(3)
  refused = true
  const broken = streams
  streams = []
  for (const watch of broken) watch.end()
  await expect.poll(unread).toMatch(/services: the watch ended/)
  await expect.poll(unread, { timeout: 6000 }).toBe('destinationrules: you may not watch')
  expect(recovered).toBe(2)
  refused = false
  await expect.poll(unread, { timeout: 15_000 }).toBeUndefined()
  expect(recovered).toBe(3)
  stop.abort()
}, 30_000)
