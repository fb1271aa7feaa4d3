// The expression for large bodies takes exactly the lengths above a bound, by RE2 itself.
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { formatSize, lengthsAbove, parseSize } from '../../../mirror/body-size.ts'

test.for<[string, number | undefined]>([
  ['0', 0],
  ['1', 1],
  ['0500', 500],
  ['64Ki', 65_536],
  ['1Mi', 1_048_576],
  ['2Gi', 2_147_483_648],
  ['500k', 500_000],
  ['10M', 10_000_000],
  ['1G', 1_000_000_000],
  ['', undefined],
  ['Mi', undefined],
  ['1.5Mi', undefined],
  ['-1', undefined],
  ['1e6', undefined],
  ['1m', undefined],
  ['1MB', undefined],
  ['1 Mi', undefined],
  ['1K', undefined],
  ['2000000Gi', undefined],
  ['9'.repeat(400), undefined]
])('%s is %s bytes', ([text, bytes]) => {
  expect(parseSize(text)).toBe(bytes)
})

test('a size is written as it is read', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(), fc.maxSafeNat()).filter((bytes) => bytes <= 1024 ** 5),
      (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes)
      }
    )
  )
  expect([0, 1023, 1024, 1_048_576, 1_000_000].map(formatSize)).toEqual(['0', '1023', '1Ki', '1Mi', '1M'])
})

test('every length up to four digits, for every bound up to three', () => {
  for (let most = 0; most <= 999; most++) {
    const above = RE2JS.compile(lengthsAbove(most))
    const from = Math.max(0, most - 12)
    for (let length = from; length <= most + 12; length++) expect(above.matches(String(length))).toBe(length > most)
    for (const length of [0, 1, 9, 10, 99, 100, 999, 1000, 9999])
      expect(above.matches(String(length))).toBe(length > most)
  }
})

const bounds = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 1024 ** 5 }), fc.constantFrom(0, 9, 10, 99, 100, 1_048_576))

test('lengths of any size, near the bound and far from it, with leading zeros', () => {
  const offset = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.maxSafeInteger())
  fc.assert(
    fc.property(bounds, offset, fc.nat(40), (most, by, zeros) => {
      const length = BigInt(Math.max(0, most)) + BigInt(by)
      fc.pre(length >= 0n)
      expect(RE2JS.compile(lengthsAbove(most)).matches('0'.repeat(zeros) + String(length))).toBe(length > BigInt(most))
    }),
    { numRuns: 2_000 }
  )
})

test('what is no number is above nothing: not the empty text, for which Istio takes a missing header', () => {
  fc.assert(
    fc.property(
      bounds,
      fc.oneof(fc.constant(''), fc.string()).filter((text) => !/^\d+$/.test(text)),
      (most, text) => {
        expect(RE2JS.compile(lengthsAbove(most)).matches(text)).toBe(false)
      }
    ),
    { numRuns: 2_000 }
  )
})
