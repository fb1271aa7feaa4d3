import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../../../mirror/time.ts'
import { formatAge } from '../../../../plugin/io/format.ts'
import { readDuration } from '../../../../plugin/io/flag-values.ts'

test.for<[string, number]>([
  ['0', 0],
  ['300ms', 300],
  ['1.5h', 5_400_000],
  ['2h45m', 9_900_000],
  ['1d', 86_400_000]
])('%s is %d ms', ([text, milliseconds]) => {
  expect(readDuration(text, '--for')).toBe(milliseconds)
})

test.for(['', 'h', '30', '1w', '-1h', '1h 2m', '1h2', '1.h', '.5h', '1e3s', '99999999d'])(
  '"%s" is none, in the plugin and in the chart',
  (text) => {
    expect(() => readDuration(text, '--for')).toThrow(`invalid value ${JSON.stringify(text)} for --for`)
    expect(parseDuration(text)).toBeUndefined()
  }
)

test('a number without a unit is refused with the units that it may have', () => {
  expect(() => readDuration('10', '--for')).toThrow('write a duration, for example 10s, 10m or 10h')
})

test.for<[number, string]>([
  [0, '0s'],
  [300, '300ms'],
  [5_400_000, '1h30m'],
  [86_400_000, '1d'],
  [90_061_000, '1d1h1m1s']
])('%d ms are written as %s, and read as the same', ([milliseconds, text]) => {
  expect(formatDuration(milliseconds)).toBe(text)
  expect(parseDuration(text)).toBe(milliseconds)
})

test.for<[number, string]>([
  [-5, '0s'],
  [0, '0s'],
  [59_400, '59s'],
  [3_600_000, '1h'],
  [12_000_000, '3h20m'],
  [186_400_000, '2d3h']
])('%d ms are shown as %s', ([milliseconds, text]) => {
  expect(formatAge(milliseconds)).toBe(text)
})
