// The versions side by side.
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { SplitView } from '../../../../plugin/logs/split-view.ts'
import { originOf } from '../follow/lines.ts'

function show(lines: readonly (readonly ['live' | 'mirror' | 'both', string])[], columns = 63, live = 'v1'): string[] {
  let out = ''
  const view = new SplitView({
    write: (text) => void (out += text),
    shown: () => {},
    columns: () => columns,
    isColoured: false,
    later: () => () => {}
  })
  for (const [role, text] of lines) view.add(originOf(role, role === 'live' ? live : 'v2'), text)
  view.finish()
  return out.split('\n').slice(0, -1)
}

test('a request and its copy share a row', () => {
  expect(
    show([
      ['live', 'GET /a'],
      ['mirror', 'GET /a'],
      ['mirror', 'GET /b']
    ])
  ).toEqual([
    'live                           │ mirror',
    '───────────────────────────────┼───────────────────────────────',
    'v1 x7k2p GET /a                │ v2 x7k2p GET /a',
    '                               │ v2 x7k2p GET /b'
  ])
})

test('a label that is longer than its column is cut', () => {
  const rows = show([['live', 'GET /a']], 63, 'httpbin-production-release-2026-10')
  expect(rows[2]).toBe('httpbin-produc… x7k2p GET /a   │ ')
  expect(rows.slice(2).map((row) => stringWidth(row.split('│')[0]!))).toEqual(rows.slice(2).map(() => 31))
  expect(rows.join('\n')).toContain('GET /a')
})

test('long lines wrap inside their column, by what a reader sees as letters', () => {
  const text = '你好👍🏽'.repeat(12)
  const rows = show([
    ['live', text],
    ['mirror', 'x'.repeat(60)]
  ]).slice(2)
  expect(rows.map((row) => stringWidth(row.split('│')[0]!))).toEqual(rows.map(() => 31))
  expect(
    rows
      .map((row) => row.split(' │ ')[0]!.trim())
      .join('')
      .replace('v1 x7k2p ', '')
  ).toBe(text)
  expect(rows.map((row) => row.split('│ ')[1]!.trim()).join('')).toBe(`v2 x7k2p ${'x'.repeat(60)}`)
  expect(Math.max(...rows.map((row) => stringWidth(row)))).toBeLessThanOrEqual(63)
})

test('a version that answers and gets copies stands on the left; control sequences do nothing', () => {
  expect(show([['both', 'a\u001B[2Jb']])[2]).toBe('v2 x7k2p ab                    │ ')
})
