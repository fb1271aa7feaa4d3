import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { askAdmin, readText } from '../../../../../plugin/compare/tap/admin.ts'
import { openPort } from '../../../../../plugin/resources/port-forward.ts'
import { openTap, type TapStreamOptions } from '../../../../../plugin/compare/tap/tap-stream.ts'
import { clusterAt, ended, openSidecar, POD, traceOf, type SidecarModel } from './sidecar-model.ts'

let sidecar: SidecarModel | undefined
afterEach(() => sidecar?.close())

test('what is no trace is counted, and ends nothing', async () => {
  sidecar = await openSidecar(
    ended(`${traceOf('/a')}{"http_buffered_trace": nonsense}{"x":"${'x'.repeat(999)}"}${traceOf('/b')}`)
  )
  let lost = 0
  const paths = await pathsOf(sidecar, { longest: 500, onLost: (count) => (lost += count) })
  expect([paths, lost]).toEqual([['/a', '/b'], 2])
})

test('records come in batches: the window is open for what there is, and closed again', async () => {
  const windows: (number | undefined)[] = []
  const expected = Array.from({ length: 30 }, (_, index) => `/${index}`)
  sidecar = await openSidecar((stream) => {
    stream.session?.on('remoteSettings', ({ initialWindowSize }) => windows.push(initialWindowSize))
    stream.respond({ ':status': 200 })
    const left = [...expected]
    const timer = setInterval(() => {
      stream.write(traceOf(left.shift()!))
      if (left.length > 0) return
      clearInterval(timer)
      stream.end()
    }, 20)
  })
  expect(await pathsOf(sidecar)).toEqual(expected)
  const batches = windows.filter((size) => size === 0).length
  expect(batches).toBeGreaterThan(1)
  expect(batches).toBeLessThan(expected.length / 2)
  expect(windows).toEqual(Array.from(windows, (_, index) => (index % 2 === 0 ? 16 << 20 : 0)))
})

test('more than a batch holds comes with the next ones', async () => {
  const expected = Array.from({ length: 20 }, (_, index) => `/${index}`.padEnd(2 << 20, '-'))
  sidecar = await openSidecar(ended(expected.map(traceOf).join('')))
  const paths = await pathsOf(sidecar)
  expect(paths.length).toBe(20)
  expect(paths.every((path, index) => path === expected[index])).toBe(true)
})

test('a sidecar that goes away while it is asked is told of', async () => {
  sidecar = await openSidecar((stream) => stream.session?.destroy())
  await expect(pathsOf(sidecar)).rejects.toThrow('the connection to the pod was lost')
})

test('a tap that ends with its response has ended, and a refusal may say nothing', async () => {
  sidecar = await openSidecar(
    (stream) => stream.respond({ ':status': 200 }, { endStream: true }),
    (stream) => stream.respond({ ':status': 503 }, { endStream: true })
  )
  expect(await pathsOf(sidecar)).toEqual([])
  const { body, closed, status } = await askAdmin(sidecar.cluster, POD, {
    method: 'GET',
    path: '/tap',
    signal: new AbortController().signal
  })
  expect([status, await readText({ body, closed })]).toEqual([503, ''])
})

/** Of every record until the tap ends. */
async function pathsOf(
  { cluster }: SidecarModel,
  more: Partial<Pick<TapStreamOptions, 'longest' | 'onLost'>> = {}
): Promise<string[]> {
  const paths: string[] = []
  const options: TapStreamOptions = {
    cluster,
    request: {},
    longest: 3 << 20,
    onTrace: ({ response }) => paths.push(response.request.path),
    onLost: () => expect.unreachable(),
    now: Date.now,
    ...more
  }
  const opened = await openTap(POD, options, new AbortController().signal)
  expect(opened).toHaveProperty('ended')
  await ('ended' in opened && opened.ended)
  return paths
}

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
