// Past a bound one problem says it, and what it says stays short; the work stays linear in what was written.
import { expect, test } from 'vitest'
import { ANNOTATIONS, readIntent } from '../../../mirror/annotations.ts'
import { BOUNDS } from '../../../mirror/bounds.ts'
import { edit } from '../../../mirror/edit.ts'
import { formatProblem, listed, quoted, type Problem } from '../../../mirror/problem.ts'
import { strip } from '../../../mirror/strip.ts'
import type { HttpRule, VirtualService } from '../../../mirror/virtual-service.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

const many = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(',')

function virtualService(
  wish: Partial<Record<keyof typeof ANNOTATIONS, string>>,
  http: readonly HttpRule[]
): VirtualService {
  const annotations = Object.fromEntries(
    Object.entries(wish).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])
  )
  return { metadata: { name: 'web', namespace: 'prod', annotations }, spec: { hosts: ['web'], http } }
}

const rule = (index: number): HttpRule => ({
  name: `r${index}`,
  match: [{ uri: { prefix: `/${index}` } }],
  route: [{ destination: { host: 'web', subset: 'v1' } }]
})
const rules = (count: number, make: (index: number) => HttpRule = rule) =>
  Array.from({ length: count }, (_, i) => make(i))

test.each<[name: keyof typeof ANNOTATIONS, text: string, problem: string]>([
  ['to', many(17, (i) => `v${i}`), '17 items, but at most 16 are allowed'],
  ['from', many(65, (i) => `v${i}`), '65 items, but at most 64 are allowed'],
  ['routes', many(1100, (i) => `r${i}`), '1,100 items, but at most 64 are allowed'],
  ['methods', many(17, (i) => `A${'B'.repeat(i)}`), '17 items, but at most 16 are allowed'],
  ['headers', many(33, (i) => `x-${i}`), '33 items, but at most 32 are allowed'],
  ['methods', 'G'.repeat(33), '"GGG'],
  ['routes', many(8000, (i) => `r${i}`), 'characters in total, but at most 8,192'],
  ['to', ','.repeat(224 * 1024), '229,397 characters in total']
])('%s past its bound is one problem', (name, text, expected) => {
  const wish = { [ANNOTATIONS.to]: 'v2', [ANNOTATIONS[name]]: text }
  const problems = readIntent(wish) as Problem[]
  expect(problems).toHaveLength(1)
  expect(formatProblem(problems[0]!)).toContain(expected)
  expect(formatProblem(problems[0]!).length).toBeLessThan(400)
})

test('a sentence names five, and counts the others', () => {
  expect(quoted(['a', 'b', 'c', 'd', 'e'])).toBe('"a", "b", "c", "d", "e"')
  expect(quoted(new Set(Array.from({ length: 8000 }, (_, i) => `r${i}`)))).toBe(
    '"r0", "r1", "r2", "r3", "r4" and 7,995 more'
  )
  expect(listed([80, 8080], String)).toBe('80, 8080')
  expect(quoted(['x'.repeat(500)]).length).toBeLessThan(130)
})

test('names that mean nothing among a thousand rules are said in sentences of five names each', () => {
  const { problems } = edit(virtualService({ to: 'v2', routes: many(64, (i) => `none-${i}`) }, rules(1000)), NOW)
  expect(problems).toHaveLength(64)
  expect(problems.map(formatProblem).join().length).toBeLessThan(64 * 250)
  expect(problems[0]!.message).toContain('and 995 more')
})

test('why none of ten thousand rules is mirrored is told for five', () => {
  const { problems } = edit(virtualService({ to: 'v1' }, rules(10_000)), NOW)
  expect(problems).toMatchObject([{ code: 'nothingMirrored', message: expect.stringMatching(/ and 9,995 more$/) }])
  expect(problems[0]!.message.length).toBeLessThan(1000)
})

test('five thousand rules are mirrored, and given back', () => {
  const object = virtualService({ to: 'v2' }, rules(5000))
  const { result, problems } = edit(object, NOW)
  expect(problems).toEqual([])
  expect(result.spec?.http?.every(({ mirror }) => mirror?.subset === 'v2')).toBe(true)
  expect(strip(result)).toEqual(object)
})

test.each<[what: string, wish: object, http: readonly HttpRule[], code: string]>([
  ['branches', { to: 'v2', methods: 'GET' }, rules(BOUNDS.branches + 1), 'tooManyBranches'],
  [
    'branches times conditions',
    { to: 'v2', headers: many(31, (i) => `x-${i}`) },
    [{ ...rule(0), match: Array.from({ length: 1025 }, () => ({})) }],
    'tooManyBranches'
  ],
  [
    'branches of one rule',
    { to: 'v2', headers: 'x' },
    [{ ...rule(0), match: Array.from({ length: 50_000 }, () => ({})) }],
    'tooManyBranches'
  ],
  [
    'destinations',
    { to: 'v2' },
    rules(1025, (i) => ({ route: [{ destination: { host: `web-${i}` } }] })),
    'tooManyDestinations'
  ],
  ['mirrored rules', { to: 'v2' }, rules(5001), 'tooManyRules'],
  ['mirrors', { to: many(16, (i) => `v${i + 2}`) }, rules(5000), 'resultTooLarge'],
  ['conditions of clones', { to: 'v2', headers: `x=${'a'.repeat(8000)}` }, rules(2000), 'resultTooLarge']
])('%s past the bound are one problem', (_, wish, http, code) => {
  const object = virtualService(wish, http)
  const { problems, result } = edit(object, NOW)
  expect(problems).toMatchObject([{ code }])
  expect(result).toBe(object)
})

test('a record that was typed by hand is read as far as one of ours can be long', () => {
  const typed = `${many(200_000, (i) => `other/v${i}`)},web/v2`
  const own = { mirror: { host: 'web', subset: 'v2' } }
  const { http } = strip(virtualService({ injected: typed }, [{ ...rule(0), ...own }])).spec!
  expect(http).toMatchObject([own])
})
