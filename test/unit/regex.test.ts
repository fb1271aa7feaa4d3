// Nobody's expression costs the webhook its memory.
import { expect, test } from 'vitest'
import { parseHeaders } from '../../mirror/headers.ts'
import { compileRegex } from '../../mirror/regex.ts'
import { receivingRoutes } from '../../mirror/virtual-service.ts'

test.each(['[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '(a|b){3}x{2,5}', 'a{1000}'])(
  '%s is one',
  (text) => {
    expect(() => compileRegex(text)).not.toThrow()
  }
)

test.each(['a{1000}'.repeat(2), '((a{30}){30}){30}', 'a{1000}'.repeat(1000)])('%s is refused', (text) => {
  expect(() => compileRegex(text)).toThrow(/more than 1000|longer than 1000/)
})

test('many conditions are bounded together', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `x-${index}~a{1000}`).join(',')
  expect(parseHeaders(many, 'headers')).toMatchObject([{ code: 'headerInvalid' }])
})

test('of several routes one without a weight gets nothing', () => {
  const destination = { host: 'web' }
  expect(receivingRoutes({ route: [{ destination }, { destination, weight: 100 }] })).toEqual([
    { destination, weight: 100 }
  ])
  expect(receivingRoutes({ route: [{ destination }] })).toHaveLength(1)
})
