import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openPort } from '../../../plugin/port-forward.ts'
import { openTap } from '../../../plugin/tap/tap-stream.ts'
import { clusterAt, ended, openSidecar, POD, traceOf, type SidecarModel } from './sidecar-model.ts'

let sidecar: SidecarModel | undefined
afterEach(() => sidecar?.close())

test('what is no trace is counted, and ends nothing', async () => {
  sidecar = await openSidecar(
    ended(`${traceOf('/a')}{"http_buffered_trace": nonsense}{"x":"${'x'.repeat(999)}"}${traceOf('/b')}`)
  )
  const paths: string[] = []
  let lost = 0
  const options = {
    cluster: sidecar.cluster,
    request: {},
    longest: 500,
    onTrace: ({ answer }: { answer: { request: { path: string } } }) => paths.push(answer.request.path),
    onLost: (count: number) => (lost += count)
  }
  const opened = await openTap(POD, options, new AbortController().signal)
  expect(opened).toHaveProperty('ended')
  await ('ended' in opened && opened.ended)
  expect([paths, lost]).toEqual([['/a', '/b'], 2])
})

test('a connection that is stalled while it opens is given up with the run', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const stop = new AbortController()
  const opening = openPort(clusterAt(silent.address() as AddressInfo), POD, 15_000, stop.signal)
  await once(silent, 'connection')
  stop.abort()
  await expect(opening).rejects.toThrow('closed before the connection was established')
  silent.close()
})
