import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { watchRules } from '../../../../plugin/compare/run-comparison.ts'
import { ApiError } from '../../../../plugin/io/errors.ts'

const metadata = { name: 'shop', namespace: 'prod', uid: 'u', resourceVersion: '1' }
const spec = (weight: number, percent: number) => ({
  http: [{ route: [{ destination: { host: 'shop' }, weight }], mirrorPercentage: { value: percent } }]
})

/** Lists a VirtualService, then tells of changes, one a turn. */
function start(changes: readonly { readonly type: string; readonly spec: object }[], refused = false) {
  const told = Promise.withResolvers<void>()
  const stub = {
    async *list() {
      if (refused) throw new ApiError(403, { message: 'no' })
      yield { items: [{ metadata, spec: spec(90, 100) }], resourceVersion: '1' }
    },
    async *watch(_: string, { signal }: { signal: AbortSignal }) {
      for (const change of changes) yield { type: change.type, object: { metadata, spec: change.spec } }
      told.resolve()
      await once(signal, 'abort')
    }
  }
  const said: string[] = []
  const stop = new AbortController()
  // Nothing else is asked of it.
  const cluster = stub as unknown as Cluster
  const changed = watchRules(cluster, { metadata }, (text) => void said.push(text), stop.signal)
  return { changed, said, stop, told: told.promise }
}

test('notices a new percentage, not a shifted weight', async () => {
  const shifted = start([{ type: 'MODIFIED', spec: spec(50, 100) }])
  await shifted.told
  expect(shifted.changed.aborted).toBe(false)
  shifted.stop.abort()
  const { changed } = start([{ type: 'MODIFIED', spec: spec(90, 5) }])
  await expect.poll(() => changed.reason as unknown).toBe('the rules of shop were changed')
})

test('notices a version that answers no more, and a mirror that was deleted', async () => {
  const drained = start([{ type: 'MODIFIED', spec: spec(0, 100) }]).changed
  await expect.poll(() => drained.aborted).toBe(true)
  const gone = start([{ type: 'DELETED', spec: spec(90, 100) }]).changed
  await expect.poll(() => gone.reason as unknown).toBe('shop was deleted')
})

test('says where it may not look', async () => {
  const { said } = start([], true)
  await expect.poll(() => said).toEqual(['warning: cannot watch shop for changes: no'])
})
