import { expect, test } from 'vitest'
import { LogGaps } from '../../../../../plugin/compare/sources/blind-spans.ts'
import type { Notice } from '../../../../../plugin/follow/notices.ts'
import type { TailEvent } from '../../../../../plugin/follow/tail.ts'

const origin = {
  role: 'mirror',
  version: 'v2',
  namespace: 'prod',
  pod: 'a',
  container: 'istio-proxy',
  node: '',
  isOneOfSeveral: false
} as const
const tail = (event: TailEvent): Notice => ({ type: 'tail', origin, event })
const BROKEN = tail({ type: 'broken', error: new Error('reset') })

test('is blind while a connection is broken, until the log is read again', () => {
  const gaps = new LogGaps(true)
  gaps.take(BROKEN, 20_000)
  gaps.take(BROKEN, 30_000)
  expect([10_000, 20_000, 90_000].map((at) => gaps.has(at))).toEqual([false, true, true])
  gaps.take(tail({ type: 'connected' }), 40_000)
  expect([30_000, 50_000].map((at) => gaps.has(at))).toEqual([true, false])
})

test('is not blind for ever where a pod went while its connection was broken', () => {
  const gaps = new LogGaps(true)
  gaps.take(BROKEN, 20_000)
  gaps.take({ type: 'closed', origin }, 21_000)
  expect(gaps.has(60_000)).toBe(false)
})

test('does not count what lost lines would have paired', () => {
  const gaps = new LogGaps(true)
  gaps.take(tail({ type: 'gap', reason: 'rotated' }), 20_000)
  expect([10_000, 19_000, 30_000].map((at) => gaps.has(at))).toEqual([false, true, false])
})

test('is blind while logs wait for their turn, unless each is read in the end', () => {
  for (const follow of [true, false]) {
    const gaps = new LogGaps(follow)
    gaps.take({ type: 'queue', active: 250, all: 300 }, 1000)
    expect(gaps.has(50_000)).toBe(follow)
    gaps.take({ type: 'queue', active: 250, all: 250 }, 60_000)
    expect(gaps.has(90_000)).toBe(false)
  }
})
