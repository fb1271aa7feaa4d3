// What plain scalars are to kubectl, as `kubectl annotate --local -o json` printed them (v1.34.5).
import { expect, test } from 'vitest'
import { readDocument } from '../../../../plugin/render/manifest/document.ts'

test.for<[typed: string, json: string]>([
  ['.', '"."'],
  ['e1', '"e1"'],
  ['22:30', '"22:30"'],
  ['0o17', '15'],
  ['017', '15'],
  ['08', '8'],
  ['1_000', '1000'],
  ['0xFF', '255'],
  ['-0b11', '-3'],
  ['0b2', '"0b2"'],
  ['1.', '1'],
  ['.5', '0.5'],
  ['.5_5', '0.55'],
  ['._5', '"._5"'],
  ['1e3', '1000'],
  ['1e999', '"1e999"'],
  ['9007199254740993', '9007199254740993'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['18446744073709551615', '18446744073709552000'],
  ['y', 'true'],
  ['On', 'true'],
  ['NO', 'false'],
  ['oFF', '"oFF"'],
  ['~', 'null'],
  ['', 'null'],
  ['Null', 'null'],
  ['2001-12-14', '"2001-12-14"'],
  ['=', '"="'],
  ['<<', '"<<"'],
  ['!!str 5', '"5"'],
  ['!!int "0x1e"', '30'],
  ['!!binary aGk=', '"hi"'],
  ['! 5', '"5"'],
  ['!own x', '"x"'],
  ['{1: a, y: b, 1.5: c, 1234567.5: d}', '{"1":"a","true":"b","1.5":"c","1.2345675e+06":"d"}'],
  ['{a: 1, a: 2}', '{"a":2}'],
  ['{a: 1, <<: {a: 2, b: 3}}', '{"a":2,"b":3}'],
  ['{<<: {a: 2, b: 3}, a: 1}', '{"a":1,"b":3}'],
  ['{<<: [{a: 1}, {a: 2, b: 3}]}', '{"a":1,"b":3}']
])('%s is %s', ([typed, json]) => {
  const { value } = readDocument(`kind: A\nkey: ${typed}\n`, false)
  expect(JSON.stringify(value)).toBe(`{"kind":"A","key":${json}}`)
})

test.for<[typed: string, sentence: RegExp]>([
  ['.inf', /JSON cannot express/],
  ['.nan', /JSON cannot express/],
  ['{~: a}', /a key must not be empty/],
  ['{[a]: b}', /a key must be a string/],
  ['{1: a, "1": b}', /both "1" to kubectl, which takes either at random/],
  ['{1: a, 1.0: b}', /both "1" to kubectl/],
  ['{<<: 5}', /merges only maps/],
  ['!!int x', /"x" is not a !!int/],
  ['*none', /no anchor &none precedes/],
  ['&a [*a]', /contains itself/],
  ['[a?b]', /put the value in quotes/],
  ['{a:, b: c}', /put a space behind it/],
  ['a\u2028b', /U\+2028/]
])('%s is refused', ([typed, sentence]) => {
  expect(() => readDocument(`key: ${typed}\n`, false)).toThrow(sentence)
})
