import { expect, test } from 'vitest'
import { BodyBudget } from '../../../../../plugin/compare/tap/body-budget.ts'
import { response } from '../responses/build.ts'

const WHOLE = { body: 'x'.repeat(1000), headers: { a: 'b'.repeat(99) }, requestHeaders: { c: 'd'.repeat(99) } }

test('too many bodies at once: the oldest are dropped, and counted', () => {
  const budget = new BodyBudget(12_000)
  const answers = Array.from({ length: 20 }, () => response(WHOLE))
  for (const one of answers) budget.hold(one, 0)
  expect(budget.dropped).toBe(10)
  expect(answers.map(({ body }) => body !== undefined)).toEqual([...Array(10).fill(false), ...Array(10).fill(true)])
})

test.each([
  ['headers', { headers: { a: 'x'.repeat(999) } }],
  ["the request's headers", { requestHeaders: { a: 'x'.repeat(999) } }],
  ["the request's body", { requestBody: 'x'.repeat(1000) }]
])('%s weigh as much as a body does', (_, text) => {
  const budget = new BodyBudget(2500)
  for (let number = 0; number < 3; number++) budget.hold(response(text), 0)
  expect(budget.dropped).toBe(1)
})

test('a record that waits on without its body holds neither its headers nor its request', () => {
  const budget = new BodyBudget()
  const one = response({ ...WHOLE, requestBody: 'x' })
  budget.hold(one, 0)
  budget.release(one)
  expect([one.body, one.headers.size, one.request.headers.size, one.request.body.length]).toEqual([undefined, 0, 0, 0])
})
