import { expect, test } from 'vitest'
import { alignByTime } from '../../../../../plugin/compare/pairing/align.ts'
import { random } from '../build.ts'

/** Requests half a second apart at least; about a third of them are copied, at most 40 ms later. */
function traffic(requests: number) {
  const draw = random(1)
  const lives = Array.from({ length: requests }, (_, index) => index * 1000 + Math.floor(draw() * 500))
  const copied = lives.flatMap((_, index) => (draw() < 0.3 ? [index] : []))
  return { lives, copied, copies: copied.map((index) => lives[index]! + Math.floor(draw() * 40)) }
}

test.each([500, 10_000])('finds the copies of %i requests, however many', (requests) => {
  const { lives, copied, copies } = traffic(requests)
  const found = alignByTime(lives, copies).flatMap((copy, live) => (copy === undefined ? [] : [live]))
  expect(found).toEqual(copied)
})

test('takes no more memory than it may for a hundred thousand at once', () => {
  const { lives, copies } = traffic(100_000)
  const partners = alignByTime(lives, copies).filter((copy) => copy !== undefined)
  expect(partners).toHaveLength(copies.length)
  expect(new Set(partners).size).toBe(copies.length)
})
