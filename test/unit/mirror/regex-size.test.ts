// No expression costs the webhook its memory or its time: it is measured before it is compiled.
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { BOUNDS } from '../../../mirror/bounds.ts'
import { parseHeaders } from '../../../mirror/headers.ts'
import { createMatcher } from '../../../mirror/matcher.ts'
import { regexSize } from '../../../mirror/regex-size.ts'
import { receivingRoutes } from '../../../mirror/virtual-service.ts'

test.each([
  'GET|HEAD',
  '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  '(a|b){3}x{2,5}',
  'a{1000}',
  '^Bearer [A-Za-z0-9_.-]{20,200}$',
  '(?i)chrome/(\\d+)\\.[^ ]*',
  '\\p{L}{1,20}'
])('%s is one', (text) => {
  expect(createMatcher().regexProblem(text)).toBeUndefined()
})

test.each([
  'a{1000}'.repeat(3),
  '((a{30}){30}){30}',
  'a{1000}'.repeat(1000),
  `(${'a'.repeat(980)}){999}`,
  '(\\pL{40}){900}',
  '\\pL'.repeat(300),
  '(?i)[\\x{100}-\\x{10ffff}]{9}[\\x{100}-\\x{10ffff}]',
  '((((a{2}){2}){2}){2}){1000}',
  '(x{1,500}y){10}',
  '(?:a?){1000}'.repeat(3),
  `(?:${'|'.repeat(900)}){9}`
])('%.40s is refused', (text) => {
  expect(createMatcher().regexProblem(text)).toMatch(/too large|longer than|invalid repeat/)
})

const ATOMS = String.raw`a bc . \d \pL \p{Greek} [a-z] [^a] []a] [^]a] [[:alpha:]] [\]] [a\pN] \x{1F600} \x41 \Qa.b)\E [\Q]\E] ^ $ \b é 😀 { {,5} (?i) (?i:k) ) |`
const atom = fc.constantFrom(...ATOMS.split(' '))
const repetition = fc.constantFrom('', '*', '+', '?', '*?', '{3}', '{2,5}', '{0,7}', '{4,}', '{30}', '{0}', '{,9}')
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 6 },
    fc.tuple(atom, repetition).map((parts) => parts.join('')),
    fc.array(tie('expression'), { maxLength: 4 }).map((parts) => parts.join('')),
    fc.array(tie('expression'), { maxLength: 4 }).map((parts) => parts.join('|')),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?P<n>', '(?i:'), tie('expression'), repetition)
      .map(([open, inner, often]) => `${open}${inner})${often}`)
  )
}))

test('no program is larger than its expression was taken for', () => {
  let compiled = 0
  fc.assert(
    fc.property(expression, (text) => {
      const size = regexSize(text)
      fc.pre(size <= BOUNDS.regexInstructions)
      const program = compile(text)
      if (program) compiled++
      expect(program?.programSize() ?? 0).toBeLessThanOrEqual(size)
    }),
    { numRuns: 5000 }
  )
  expect(compiled).toBeGreaterThan(1500)
})

function compile(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text)
  } catch {
    return undefined
  }
}

test('the expressions of one review are bounded together, and so are its matches', () => {
  const one = createMatcher({ instructions: 150, steps: 10_000 })
  expect(one.matches({ regex: 'a{40}' }, 'a'.repeat(40))).toBe(true)
  expect(one.matches({ regex: 'b{40}' }, 'b')).toBe(false)
  expect(one.regexProblem('c{40}')).toContain('together')
  expect(one.matches({ regex: 'c{40}' }, 'c')).toBeUndefined()
  expect(one.matches({ regex: 'a{40}' }, 'a'.repeat(1000))).toBeUndefined()
  expect(one.matches({ exact: 'a' }, 'a'.repeat(1_000_000))).toBe(false)
})

test('many conditions are bounded together', () => {
  const headers = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}~${index}{1000}`).join(',')
  expect(parseHeaders(headers(1000), 'headers', createMatcher())).toMatchObject([{ code: 'listTooLong' }])
  const problems = parseHeaders(headers(8), 'headers', createMatcher())
  expect(problems).toContainEqual(expect.objectContaining({ code: 'headerRegexInvalid' }))
})

test('of several routes one without a weight gets nothing', () => {
  const destination = { host: 'web' }
  expect(receivingRoutes({ route: [{ destination }, { destination, weight: 100 }] })).toEqual([
    { destination, weight: 100 }
  ])
  expect(receivingRoutes({ route: [{ destination }] })).toHaveLength(1)
})
