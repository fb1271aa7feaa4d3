import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../plugin/duration.ts'

test.for<[string, number]>([
  ['30', 30_000],
  ['300ms', 300],
  ['1.5h', 5_400_000],
  ['2h45m', 9_900_000],
  ['1d', 86_400_000]
])('%s is %d ms', ([text, milliseconds]) => {
  expect(parseDuration(text, '--for')).toBe(milliseconds)
})

test.for(['', 'h', '1w', '-1h', '1h 2m', '1h2'])('"%s" is none', (text) => {
  expect(() => parseDuration(text, '--for')).toThrow(`invalid value ${JSON.stringify(text)} for --for`)
})

test.for<[number, string]>([
  [-5, '0s'],
  [0, '0s'],
  [59_400, '59s'],
  [3_600_000, '1h'],
  [12_000_000, '3h20m'],
  [186_400_000, '2d3h']
])('%d ms are shown as %s', ([milliseconds, text]) => {
  expect(formatDuration(milliseconds)).toBe(text)
})
