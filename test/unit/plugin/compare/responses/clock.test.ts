import { expect, test } from 'vitest'
import { isClock } from '../../../../../plugin/compare/responses/explained.ts'

const NOW = Date.parse('2026-11-23T02:18:37Z')
const made = { requested: NOW, responded: NOW }
const later = { requested: NOW + 300, responded: NOW + 500 }

test.each<[unknown, unknown, boolean]>([
  ['2026-11-23T02:18:37Z', '2026-11-23T02:18:38Z', true],
  ['2026-11-23T02:18:37.999+01:00', '2026-11-23T02:18:38.2+01:00', true],
  ['Mon Nov 23 02:18:37 2026', 'Mon Nov 23 02:18:38 2026', true],
  ['made at 02:18:37 by a', 'made at 02:18:38 by a', true],
  ['made at 02:18:37 by a', 'made at 02:18:38 by b', false],
  ['2026-11-23T23:59:59Z', '2026-11-23T00:00:00Z', true],
  ['2026-11-23T02:18:37Z', '2026-11-23T02:18:47Z', false],
  ['2026-11-23T02:18:37Z', '2025-11-23T02:18:37Z', false],
  [NOW / 1000, NOW / 1000 + 1.5, true],
  [NOW, NOW + 1500, true],
  [`${NOW}000000`, `${NOW + 1}000000`, true],
  [NOW / 1000, NOW / 1000 + 60, false],
  [1003, 1004, false],
  ['a', 'b', false],
  ['1003', '1004', false],
  // A number of that size which is no time of these days.
  ['1234567890', '1234567891', false]
])('%j and %j: %s', (live, copy, expected) => {
  expect(isClock(live, copy, made, later)).toBe(expected)
})
