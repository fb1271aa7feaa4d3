// Leading, when what is led fails.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Cluster } from '../../webhook/cluster.ts'
import { holdLease } from '../../webhook/lease.ts'

test('a term that fails is ended whole before the next begins: no two controllers side by side', async () => {
  const cluster: Cluster = {
    send: async () => ({}),
    open: () => Promise.reject(new Error('nothing is watched')),
    close: () => undefined
  }
  const stop = new AbortController()
  const failures: unknown[] = []
  const terms: AbortSignal[] = []
  const options = { path: '/l', identity: 'a', signal: stop.signal, failed: (error: unknown) => failures.push(error) }
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
