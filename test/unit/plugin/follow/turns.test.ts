// Which logs are read when not all may be: versions share alike.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextMove } from '../../../../plugin/follow/turns.ts'

interface Log {
  readonly group: string
  isActive: boolean
}

/** Makes moves until none is left; throws where they never end. */
function settle(logs: readonly Log[], limit: number): Record<string, number> {
  for (let moves = 0; moves < 1000; moves++) {
    const { start, stop } = nextMove(logs, limit)
    if (!start && !stop) return Object.fromEntries(['v1', 'v2'].map((group) => [group, active(logs, group)]))
    if (start) start.isActive = true
    if (stop) stop.isActive = false
  }
  throw new Error('the moves never end')
}

function active(logs: readonly Log[], group: string): number {
  return logs.filter((log) => log.group === group && log.isActive).length
}

function some(group: string, count: number, isActive = false): Log[] {
  return Array.from({ length: count }, () => ({ group, isActive }))
}

test('both versions get half', () => {
  expect(settle([...some('v1', 100), ...some('v2', 100)], 50)).toEqual({ v1: 25, v2: 25 })
})

test('a version that has few leaves its share to the other', () => {
  expect(settle([...some('v1', 100), ...some('v2', 3)], 50)).toEqual({ v1: 47, v2: 3 })
})

test('a version that comes late gets its share', () => {
  expect(settle([...some('v1', 100, true).slice(0, 50), ...some('v1', 50), ...some('v2', 30)], 50)).toEqual({
    v1: 25,
    v2: 25
  })
})

test('whatever the state, moves end with every slot used and no version two short while it waits', () => {
  const wish = fc.record({ group: fc.constantFrom('v1', 'v2'), isActive: fc.boolean() })
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (wishes, limit) => {
      let room = limit
      const found = wishes.map(({ group, isActive }) => ({ group, isActive: isActive && room-- > 0 }))
      const counts = settle(found, limit)
      expect(counts['v1']! + counts['v2']!).toBe(Math.min(limit, found.length))
      for (const [group, other] of [
        ['v1', 'v2'],
        ['v2', 'v1']
      ] as const) {
        const isWaiting = found.some((one) => one.group === group && !one.isActive)
        if (isWaiting) expect(counts[other]! - counts[group]!).toBeLessThan(2)
      }
    })
  )
})
