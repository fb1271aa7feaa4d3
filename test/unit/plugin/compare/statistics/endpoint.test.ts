import { expect, test } from 'vitest'
import { Endpoints, OTHERS } from '../../../../../plugin/compare/statistics/endpoint.ts'

test.each([
  ['/', '/'],
  ['/user/123?full=1', '/user/{id}'],
  ['/user/123/orders/6f9619ff-8b86-9011-b42d-00c04fc964ff', '/user/{id}/orders/{id}'],
  ['/commit/9fceb02d0ae598e95dc970b74767f19372d61af8', '/commit/{id}'],
  ['/day/2026-10-10', '/day/{id}'],
  ['/mail/ann@example.org', '/mail/{id}'],
  ['/v1/users', '/v1/users'],
  ['/session/eyJhbGciOiJIUzI1NiJ9abc', '/session/{id}'],
  ['/facade', '/facade']
])('%s is %s', (path, expected) => expect(new Endpoints().name('GET', path)).toBe(`GET ${expected}`))

test('groups names when there are too many of them', () => {
  const endpoints = new Endpoints()
  const letters = (index: number): string =>
    `${index}`
      .split('')
      .map((digit) => 'abcdefghij'[Number(digit)])
      .join('')
  const names = new Set(Array.from({ length: 1000 }, (_, index) => endpoints.name('GET', `/user/${letters(index)}`)))
  expect(names.size).toBe(51)
  expect(names).toContain('GET /user/{name}')
})

test('names nothing that a terminal would obey', () =>
  expect(new Endpoints().name('GET', '/a\u001B[2J\u009B31m/b\r\n')).toMatch(/^[\u0020-\u007E\uFFFD]+$/))

test('is bounded', () => {
  const endpoints = new Endpoints(3)
  const names = ['/a', '/b', '/c', '/d', '/e', '/a'].map((path) => endpoints.name('GET', path))
  expect(names).toEqual(['GET /a', 'GET /b', 'GET /c', OTHERS, OTHERS, 'GET /a'])
})
