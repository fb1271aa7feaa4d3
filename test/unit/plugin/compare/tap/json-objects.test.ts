import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonObjects } from '../../../../../plugin/compare/tap/json-objects.ts'

test('cuts objects wherever the chunks end, whatever their strings contain', () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 6 })
  fc.assert(
    fc.property(objects, fc.array(fc.nat(40), { maxLength: 50 }), fc.boolean(), (values, sizes, pretty) => {
      const text = values
        .map((value) => JSON.stringify(value, undefined, pretty ? 1 : undefined))
        .join(pretty ? '\n' : '')
      const reader = new JsonObjects(1 << 20)
      const read = chunks(Buffer.from(text), sizes).flatMap((chunk) => reader.push(chunk))
      expect(read.map((object) => JSON.parse(object.toString()))).toEqual(JSON.parse(JSON.stringify(values)))
    })
  )
})

test('a quote behind backslashes, one chunk a byte', () => {
  const reader = new JsonObjects(100)
  const text = String.raw`{"a":"\\"}{"b":"\\\"}{"}{"c":"}"}`
  expect([...Buffer.from(text)].flatMap((byte) => reader.push(Buffer.from([byte])).map(String))).toEqual([
    String.raw`{"a":"\\"}`,
    String.raw`{"b":"\\\"}{"}`,
    '{"c":"}"}'
  ])
})

test('whatever stands between objects does not hide those behind it', () => {
  const reader = new JsonObjects(100)
  const text = String.raw`"{"a":1}}\"]}"{"b":2}`
  expect([...Buffer.from(text)].flatMap((byte) => reader.push(Buffer.from([byte])).map(String))).toEqual([
    '{"a":1}',
    '{"b":2}'
  ])
  expect(new JsonObjects(100).push(Buffer.from(text)).map(String)).toEqual(['{"a":1}', '{"b":2}'])
})

test('loses only the object that is too long, and counts it', () => {
  const reader = new JsonObjects(20)
  const text = `{"a":1}{"b":"${'x'.repeat(50)}"}{"c":3}`
  for (const size of [1, 7, 1000]) {
    const read = chunks(Buffer.from(text), Array(100).fill(size)).flatMap((chunk) => reader.push(chunk).map(String))
    expect(read).toEqual(['{"a":1}', '{"c":3}'])
  }
  expect(reader.oversized).toBe(3)
})

function chunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const result: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    result.push(bytes.subarray(at, at + size))
    at += size
  }
  return [...result, bytes.subarray(at)]
}
