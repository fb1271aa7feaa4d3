// What a followed collection does when it can be listed, but not watched, or not for long. The tests only wait: side by side.
import type { IncomingMessage } from 'node:http'
import { addAbortSignal, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ApiError, type Cluster } from '../../../../webhook/kubernetes/client.ts'
import { follow } from '../../../../webhook/kubernetes/watch.ts'

const SINK = { begin: () => undefined, put: () => undefined, end: () => undefined, drop: () => undefined }

async function followed(open: (signal: AbortSignal) => IncomingMessage) {
  const seen = { lists: 0, heard: 0, failures: 0 }
  const cluster: Cluster = {
    async send() {
      seen.lists++
      return { metadata: { resourceVersion: '1' }, items: [] }
    },
    open: async (_, { signal }) => open(signal),
    close: () => undefined
  }
  const end = new AbortController()
  const options = {
    signal: end.signal,
    heard: () => void seen.heard++,
    current: () => undefined,
    failed: () => void seen.failures++
  }
  const ended = follow(cluster, { path: '/api/v1/services' }, SINK, options)
  await sleep(2500)
  end.abort()
  await ended
  return seen
}

const stream = (line: string) => Readable.from([Buffer.from(line)]) as IncomingMessage // a stream is all it uses

test.concurrent.for([
  [
    'refused',
    () => {
      throw new ApiError(403, 'forbidden')
    }
  ],
  ['opened, and then an error', () => stream('{"type":"ERROR","object":{"code":500}}\n')],
  ['ended at once', () => stream('')]
] as const)('a watch that is always %s is silent, and is tried again ever later', async ([, open]) => {
  const { lists, heard, failures } = await followed(open)
  expect({ lists, heard }).toEqual({ lists: 1, heard: 1 })
  expect(failures).toBeGreaterThanOrEqual(2)
  expect(failures).toBeLessThanOrEqual(5)
})

test.concurrent('a watch that always says something and ends is heard, and opened again ever later', async () => {
  const { lists, heard, failures } = await followed(() =>
    stream('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2"}}}\n')
  )
  expect(lists).toBe(1)
  expect(heard).toBe(1 + failures)
  expect(failures).toBeLessThanOrEqual(5)
})

test.concurrent('a place that is always too old is listed again ever later', async () => {
  const { lists } = await followed(() => stream('{"type":"ERROR","object":{"code":410}}\n'))
  expect(lists).toBeGreaterThanOrEqual(2)
  expect(lists).toBeLessThanOrEqual(6)
})

test.concurrent('a watch that says something is heard', async () => {
  const waiting = new Readable({ read: () => undefined })
  waiting.push('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2"}}}\n')
  const { heard, failures } = await followed((signal) => addAbortSignal(signal, waiting) as IncomingMessage) // a stream is all it uses
  expect({ heard, failures }).toEqual({ heard: 2, failures: 0 })
})
