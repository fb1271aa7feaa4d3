// The quick way to split a line against the search for all its readings.
import { expect, test } from 'vitest'
import { ISTIO_TEXT } from '../../../../../plugin/compare/sources/log-formats.ts'
import { splitterOf } from '../../../../../plugin/compare/sources/one-reading.ts'
import { split, textParser } from '../../../../../plugin/compare/sources/text-format.ts'
import { random } from '../build.ts'

const next = random(23)
const oneOf = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!

const FORMATS = [
  ISTIO_TEXT.text,
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)%" %RESPONSE_CODE% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%"',
  '%REQ(X-REQUEST-ID)% %REQ(USER-AGENT)% %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE%',
  '%REQ(USER-AGENT)% "%REQ(A)%" "%REQ(B)%" %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %REQ(X-REQUEST-ID)%',
  '%REQ(:METHOD)%%REQ(:PATH)% %RESPONSE_CODE% %REQ(USER-AGENT)%',
  '"%REQ(A)%" "%REQ(B)%" "%REQ(C)%" %RESPONSE_CODE% %ROUTE_NAME%',
  'x'
]
/** What a client may send, and what it may make of a line. */
const VALUES = [
  '-',
  '',
  'a',
  'GET',
  '/get?a=1',
  '200',
  '6f9619ff',
  'Mozilla/5.0 (X11)',
  '" "',
  '"',
  ' ',
  '" "" "',
  'é',
  '一 "',
  '\u00a0'
]

/** Mostly what such a field holds. */
function lineOf(format: string): string {
  return format.replaceAll(/%[^%]+%/g, (operator) => {
    if (next() < 0.1) return oneOf(VALUES)
    if (/CODE|BYTES|DURATION/.test(operator)) return String(Math.floor(next() * 500))
    if (operator.includes('START_TIME')) return '2026-10-10T13:55:36.123Z'
    return oneOf(['-', 'GET', '/a', '10.0.0.7', 'b c'].slice(0, operator.includes('USER-AGENT') ? 5 : 4))
  })
}

test('finds in every line what the search finds that tries each way to read it', () => {
  let [read, searched] = [0, 0]
  for (const format of FORMATS) {
    const [quick, thorough] = [textParser(format), textParser(format, () => undefined)]
    const splitter = splitterOf(split(format).parts)
    for (let round = 0; round < 3000; round++) {
      const line = lineOf(format).slice(0, next() < 0.02 ? 40 : undefined)
      const found = thorough(line)
      expect(quick(line), `${format}\n${line}`).toEqual(found)
      if (found !== undefined) read++
      if (splitter?.(line, format.indexOf('%')) === undefined) searched++
    }
  }
  expect(read).toBeGreaterThan(5000)
  // Formats that it leaves to the search, and lines with several readings.
  expect(searched).toBeGreaterThan(1000)
})

test("never searches an ordinary line of Istio's default format", () => {
  const splitter = splitterOf(split(ISTIO_TEXT.text).parts)!
  const line = lineOf(ISTIO_TEXT.text).replaceAll('b c', 'curl')
  expect(splitter(line, 1)).toBeInstanceOf(Int32Array)
})
