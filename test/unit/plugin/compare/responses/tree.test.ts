import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExactNumber } from '../../../../../plugin/compare/responses/exact-number.ts'
import { compareTrees } from '../../../../../plugin/compare/responses/tree.ts'

/** `kind field`, which is what a reader is told first. */
function differences(live: unknown, copy: unknown): string[] {
  return compareTrees(live, copy).map(({ kind, field }) => `${kind} ${field}`)
}

test.each<[string, unknown, unknown, string[]]>([
  ['keys in another order are the same', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['a value', { a: { b: 1 } }, { a: { b: 2 } }, ['value $.a.b']],
  ['a type', { a: 1 }, { a: '1' }, ['type $.a']],
  ['null is a type', { a: {} }, { a: null }, ['type $.a']],
  ['fields of one side only', { a: 1, b: 2 }, { b: 2, c: 3 }, ['missing $.a', 'added $.c']],
  ['elements are one field', [{ p: 1 }, { p: 2 }], [{ p: 3 }, { p: 4 }], ['value $[*].p']],
  [
    'keys that are values are one field',
    { '17': { n: 1 }, '18': { n: 1 } },
    { '17': { n: 2 }, '18': { n: 2 } },
    ['value $.*.n']
  ],
  ['odd keys', { 'a.b': 1 }, { 'a.b': 2 }, ['value $["a.b"]']],
  ['order only', [1, 2, 3], [3, 1, 2], ['order $']],
  ['order only, of objects', [{ id: 1, t: ['x'] }, { id: 2 }], [{ id: 2 }, { t: ['x'], id: 1 }], ['order $']],
  [
    'order, although every element holds noise',
    [
      { id: 1, at: 7 },
      { id: 2, at: 8 }
    ],
    [
      { id: 2, at: 9 },
      { id: 1, at: 9 }
    ],
    ['order $', 'value $[*].at']
  ],
  ['an element in front says only that', [1, 2, 3], [0, 1, 2, 3], ['length $']],
  [
    'length, and an element changed',
    [
      { n: 'a', v: 1 },
      { n: 'b', v: 1 }
    ],
    [
      { n: 'a', v: 1 },
      { n: 'b', v: 2 },
      { n: 'c', v: 3 }
    ],
    ['length $', 'value $[*].v']
  ],
  [
    'an element in the place of another is not lost behind those that both have',
    [
      { id: 1, at: 7 },
      { id: 2, at: 8 }
    ],
    [
      { id: 1, at: 9 },
      { id: 3, at: 8 }
    ],
    ['value $[*].at', 'value $[*].id']
  ],
  [
    'an element in front of those with an identity says only that',
    [{ id: 1, at: 7 }],
    [
      { id: 0, at: 9 },
      { id: 1, at: 9 }
    ],
    ['length $', 'value $[*].at']
  ],
  ['repeated elements', [1, 1, 2], [1, 2, 2], ['value $[*]']],
  [
    'numbers that a double would round',
    { id: new ExactNumber('9007199254740993') },
    { id: new ExactNumber('9007199254740992') },
    ['value $.id']
  ]
])('%s', (_, live, copy, expected) => {
  expect(differences(live, copy)).toEqual(expected)
})

describe('for all trees', () => {
  const tree = fc.jsonValue({ maxDepth: 4 })

  test('a tree does not differ from itself', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(compareTrees(value, structuredClone(value))).toEqual([])
      })
    )
  })

  test('what is found does not depend on the side, but for who lacks a field', () => {
    const swap: Record<string, string> = { missing: 'added', added: 'missing' }
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const there = compareTrees(one, other).map(({ kind, field }) => `${swap[kind] ?? kind} ${field}`)
        expect(differences(other, one).toSorted()).toEqual(there.toSorted())
      })
    )
  })

  test('no difference means equal, in whatever order', () => {
    const normal = (value: unknown): string => JSON.stringify(sorted(value))
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        if (compareTrees(one, other).length === 0) expect(normal(one)).toBe(normal(other))
      })
    )
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, child]) => [key, sorted(child)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )
}
