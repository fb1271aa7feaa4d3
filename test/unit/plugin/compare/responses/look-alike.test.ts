import { expect, test } from 'vitest'
import { compareResponses } from '../../../../../plugin/compare/responses/compare-responses.ts'
import { makeExample } from '../../../../../plugin/compare/responses/example.ts'
import { parsePattern } from '../../../../../plugin/compare/responses/field-path.ts'
import { tellApart } from '../../../../../plugin/compare/responses/look-alike.ts'
import { Redactor } from '../../../../../plugin/compare/responses/redact.ts'
import { compareTrees } from '../../../../../plugin/compare/responses/tree.ts'
import { response } from './build.ts'

test.each([
  ['composed and not', 'é', 'e\u0301', String.raw`\u00e9`, String.raw`e\u0301`],
  ['of no width', 'ab', 'a\u200bb', 'ab', String.raw`a\u200bb`],
  ['another blank', 'a b', 'a\u00a0b', 'a b', String.raw`a\u00a0b`],
  ['a Cyrillic letter', 'paypal', 'p\u0430ypal', 'paypal', String.raw`p\u0430ypal`],
  ['a Greek letter', '\u043e', '\u03bf', String.raw`\u043e`, String.raw`\u03bf`],
  ['full width', '12', '1\uff12', '12', String.raw`1\uff12`],
  ['a soft hyphen', 'ab', 'a\u00adb', 'ab', String.raw`a\u00adb`],
  ['a variant', '\u2764', '\u2764\ufe0f', String.raw`\u2764`, String.raw`\u2764\ufe0f`]
])('writes out what is not ASCII: %s', (_, live, copy, one, other) =>
  expect(tellApart(live, copy)).toEqual([one, other])
)

test.each([
  ['Zürich', 'Genève'],
  ['Привет', 'Пока'],
  ['日本', '中国'],
  ['a', 'b']
])('leaves %s and %s as they are', (live, copy) => expect(tellApart(live, copy)).toEqual([live, copy]))

/** Both sides as a reader sees them. */
function shown(live: string | object, copy: string | object, headers: Readonly<Record<string, string>> = {}) {
  const [one, other] = [response({ body: live, headers }), response({ body: copy, headers })]
  const { differences } = compareResponses(one, other, { field: () => false, header: () => false })
  const example = makeExample({ live: one, copy: other }, differences[0]!, new Redactor([]), false)
  return [example.live, example.copy]
}

test('is what an example shows, of fields and of texts, in quotes where a blank at the end would not be seen', () => {
  expect(shown({ a: 'caf\u00e9' }, { a: 'cafe\u0301' })).toEqual([String.raw`"caf\u00e9"`, String.raw`"cafe\u0301"`])
  expect(shown('abc', 'abc ')).toEqual(['"abc"', '"abc "'])
  expect(shown('one', 'two')).toEqual(['one', 'two'])
})

test('keys that look alike are told apart, and can be named as they are written', () => {
  const [missing, added] = compareTrees({ 'caf\u00e9': 1 }, { 'cafe\u0301': 1 })
  expect([missing!.field, added!.field]).toEqual(['$["café"]', String.raw`$["cafe\u0301"]`])
  expect(compareTrees({ id: 1 }, { '\u0456d': 1 })[1]!.field).toBe(String.raw`$["\u0456d"]`)
  expect(parsePattern("$['cafe\u0301']", '--ignore')(added!.field)).toBe(true)
})

test('an event stream keeps U+2028 and U+2029 in its data', () => {
  const stream = { 'content-type': 'text/event-stream' }
  expect(shown('data: a\u2028b\n\n', 'data: a\u2028c\n\n', stream)).toEqual([
    String.raw`"a\u2028b"`,
    String.raw`"a\u2028c"`
  ])
  expect(shown('data: {"t":"a\u2029b"}\n\n', 'data: {"t":"a\u2029c"}\n\n', stream)[1]).toBe(String.raw`"a\u2029c"`)
})

test('JSON with an unknown charset is UTF-8', () => {
  const bytes = (text: string): Buffer => Buffer.from(`{"a":"${text}"}`)
  for (const type of [
    'application/json; charset=utf8mb4',
    'text/json;charset="binary"',
    "text/plain; charset='utf-8'"
  ]) {
    expect(shown(bytes('Zürich'), bytes('Genève'), { 'content-type': type })).toEqual(['"Zürich"', '"Genève"'])
  }
})
