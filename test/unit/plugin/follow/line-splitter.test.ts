// Chunks cut anywhere give the same lines; timestamps are read to the nanosecond, in any zone.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StampReader } from '../../../../plugin/follow/line.ts'
import { LineSplitter } from '../../../../plugin/follow/line-splitter.ts'

const STAMP = '2027-01-15T08:00:00.123456789Z'

function read(text: string) {
  const bytes = Buffer.from(text)
  const { content, end, seconds, nanos } = new StampReader().read(bytes, 0, bytes.length)
  return { text: bytes.toString('utf8', content, end), seconds, nanos }
}

test.for([
  { text: `${STAMP} hello`, expected: { text: 'hello', seconds: 1_800_000_000, nanos: 123_456_789 } },
  { text: `${STAMP} `, expected: { text: '', seconds: 1_800_000_000, nanos: 123_456_789 } },
  { text: `${STAMP}  two  blanks `, expected: { text: ' two  blanks ', seconds: 1_800_000_000, nanos: 123_456_789 } },
  {
    text: '2027-01-15T10:00:00.5+02:00 hello',
    expected: { text: 'hello', seconds: 1_800_000_000, nanos: 500_000_000 }
  },
  { text: '2027-01-15T08:00:00Z hello', expected: { text: 'hello', seconds: 1_800_000_000, nanos: 0 } },
  { text: 'failed to open log file', expected: { text: 'failed to open log file', seconds: undefined, nanos: 0 } },
  { text: '2027-01-15Thursday was a good day', expected: { text: '2027-01-15Thursday was a good day', nanos: 0 } },
  { text: '', expected: { text: '', seconds: undefined, nanos: 0 } }
])('reads $text', ({ text, expected }) => {
  expect(read(text)).toEqual(expected)
})

test('a reader tells seconds and zones apart that it has just read', () => {
  const reader = new StampReader()
  const texts = ['T08:00:00.0Z', 'T08:00:01.0Z', 'T08:00:01.0+01:00', 'T08:00:01.0Z']
  const seconds = texts.map((text) => {
    const bytes = Buffer.from(`2027-01-15${text} x`)
    return reader.read(bytes, 0, bytes.length).seconds! - 1_800_000_000
  })
  expect(seconds).toEqual([0, 1, 1 - 3600, 1])
})

test('lines are the same however the chunks are cut', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\n', ''))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (lines, sizes) => {
      const whole = Buffer.from(lines.map((text) => `${STAMP} ${text}\n`).join(''))
      const splitter = new LineSplitter()
      const found: string[] = []
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const size = sizes[turn % sizes.length]!
        for (const { bytes, content, end } of splitter.split(whole.subarray(at, at + size))) {
          found.push(bytes.toString('utf8', content, end))
        }
        at += size
      }
      expect(found).toEqual(lines)
      expect(splitter.flush()).toBeUndefined()
    })
  )
})

test('an endless line is cut at the limit, and what was cut is counted when it ends', () => {
  const splitter = new LineSplitter(100)
  for (let chunk = 0; chunk < 10; chunk++) {
    expect(splitter.split(Buffer.from('x'.repeat(30)))).toEqual([])
    expect(splitter.takeCut()).toBe(0)
  }
  const lines = ['\n', `${STAMP} next\n`]
    .flatMap((chunk) => splitter.split(Buffer.from(chunk)))
    .map(({ bytes, start, end }) => bytes.toString('utf8', start, end))
  expect(lines).toEqual(['x'.repeat(100), `${STAMP} next`])
  expect(splitter.takeCut()).toBe(200)
  expect(splitter.takeCut()).toBe(0)
})
