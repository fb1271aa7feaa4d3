import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalNumber } from '../../../../../plugin/compare/responses/exact-number.ts'
import { parseJson } from '../../../../../plugin/compare/responses/json.ts'
import { compareTrees } from '../../../../../plugin/compare/responses/tree.ts'

function differ(live: string, copy: string): boolean {
  return compareTrees(parseJson(`{"price":${live}}`), parseJson(`{"price":${copy}}`)).length > 0
}

test.each([
  ['1.0', '1'],
  ['1e2', '100'],
  ['1E+2', '100.00'],
  ['0.1', '1e-1'],
  ['-0', '0'],
  ['19.99', '19.990'],
  ['12345678901234567890', '1.2345678901234567890e19'],
  ['1e400', '10.0e399'],
  ['1e-400', '0.1E-399'],
  ['0.100000000000000000000', '0.1'],
  ['0e999', '0']
])('%s is %s', (live, copy) => expect(differ(live, copy)).toBe(false))

test.each([
  ['19.990000000000000001', '19.99'],
  ['0.1', '0.10000000000000000001'],
  ['0.1', '0.1000000000000000055511151231257827'],
  ['1e400', '2e400'],
  ['1e400', '1e401'],
  ['1e-400', '0'],
  ['1e-400', '2e-400'],
  ['9007199254740992', '9007199254740993'],
  ['123456789012345678.01', '123456789012345678.02'],
  ['1', '-1']
])('%s is not %s', (live, copy) => expect(differ(live, copy)).toBe(true))

test('equal numbers are equal elements too, and only as numbers', () => {
  const long = '1.00000000000000000001'
  expect(compareTrees(parseJson(`[${long},2]`), parseJson(`[${long}0,2.0]`))).toEqual([])
  expect(compareTrees(parseJson(`[${long}]`), parseJson(`["${long}"]`))).toMatchObject([{ kind: 'type' }])
  const ids = (ending: string): unknown => parseJson(`[{"id":${long},"v":1},{"id":${long}${ending},"v":2}]`)
  expect(compareTrees(ids('1'), ids('10'))).toEqual([])
})

test('is the same number however it is written (property)', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.integer({ min: -500, max: 500 }), fc.nat(30), (digits, power, shift) => {
      const canonical = canonicalNumber(`${digits}e${power}`)
      expect(canonicalNumber(`${digits}${'0'.repeat(shift)}e${power - shift}`)).toBe(canonical)
      expect(canonicalNumber(`${digits}.${'0'.repeat(shift + 1)}E${power}`)).toBe(canonical)
      if (digits !== 0n) expect(canonicalNumber(`${digits}e${power + 1}`)).not.toBe(canonical)
    })
  )
})

test('costs no more than its length', () => {
  const begun = process.cpuUsage()
  parseJson(`[1${'0'.repeat(2_000_000)}1, 1e${'9'.repeat(1_000_000)}, 0.${'0'.repeat(1_000_000)}1]`)
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(2)
})
