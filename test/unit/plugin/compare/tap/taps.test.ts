import { afterEach, beforeEach, expect, test } from 'vitest'
import { Taps } from '../../../../../plugin/compare/tap/taps.ts'
import { openSidecar, POD, refused, streaming, traceOf, type Answer, type SidecarModel } from './sidecar-model.ts'

let sidecar: SidecarModel | undefined
let stop: AbortController
beforeEach(() => (stop = new AbortController()))
afterEach(() => {
  stop.abort()
  sidecar?.close()
})

async function tapsOf(...answers: readonly Answer[]) {
  sidecar = await openSidecar(...answers)
  const seen: string[] = []
  const taps = new Taps({
    cluster: sidecar.cluster,
    selections: [{ key: 'v1', role: 'live', version: 'v1', namespace: 'shopping', selector: { app: 'shop' } }],
    request: {},
    longest: 1000,
    onTrace: ({ response }, _, pod) => seen.push(`${pod} ${response.request.path}`),
    onLost: () => {},
    say: () => {},
    now: Date.now
  })
  return { taps, seen }
}

test('a tap that is not there yet is waited for', async () => {
  const { taps, seen } = await tapsOf(refused('Unknown config id'), streaming(traceOf('/a')))
  await taps.open(stop.signal)
  await expect.poll(() => seen).toEqual([`${POD.metadata.name} /a`])
})

test('a tap that another run reads is not blamed on istiod', async () => {
  const { taps } = await tapsOf(refused('An attached /tap admin stream already exists. Detach it.'))
  await expect(taps.open(stop.signal, 500)).rejects.toThrow(
    /^another run is reading the tap of pod shop-v1-a in shopping/
  )
})

test('a tap that is refused for good ends the run in the words of the proxy', async () => {
  const { taps } = await tapsOf(refused('no such field\nmore'))
  await expect(taps.open(stop.signal)).rejects.toThrow('the sidecar of pod shop-v1-a refuses the tap: no such field')
})

test('a stalled connection does not keep the run from removing its filters', async () => {
  const { taps } = await tapsOf(streaming(''))
  await taps.open(stop.signal)
  const before = performance.now()
  stop.abort()
  await taps.closed()
  expect(performance.now() - before).toBeLessThan(4000)
})
