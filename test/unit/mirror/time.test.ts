// Which texts are times.
import { expect, test } from 'vitest'
import { parseTime } from '../../../mirror/time.ts'

test.each([
  ['2028-02-29T12:00:00Z', '2028-02-29T12:00:00.000Z'],
  ['2026-01-31t23:30:00.5-01:00', '2026-02-01T00:30:00.500Z'],
  ['2026-02-29T12:00:00Z', undefined],
  ['2026-04-31T00:00:00+02:00', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-01-01T24:00:00Z', undefined],
  ['2026-01-01T00:00:00+99:99', undefined],
  ['2026-01-01T00:00:00', undefined]
])('%s', (text, time) => {
  expect(parseTime(text)?.toISOString()).toBe(time)
})
