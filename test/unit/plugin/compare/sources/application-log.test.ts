import { expect, test } from 'vitest'
import { applicationLog } from '../../../../../plugin/compare/sources/application-log.ts'

const ORIGIN = { workload: 'mirror', pod: 'httpbin-v2-a', at: 5 } as const
const EXPECTED = {
  workload: 'mirror',
  pod: 'httpbin-v2-a',
  at: Date.parse('2026-10-10T13:55:36Z'),
  method: 'GET',
  path: '/get?a=1',
  status: 200,
  bytes: 42
}

test.each([
  ['gunicorn', '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /get?a=1 HTTP/1.1" 200 42 "-" "curl/8"'],
  ['nginx', '10.0.0.7 - ann [10/Oct/2026:15:55:36 +0200] "GET /get?a=1 HTTP/1.1" 200 42 "-" "curl/8" "-"'],
  ['Apache', '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /get?a=1 HTTP/1.1" 200 42']
])('reads %s', (_, line) => expect(applicationLog()(line, ORIGIN)).toEqual({ ...EXPECTED, line }))

test('leaves out what is no access log', () =>
  expect(applicationLog()('[INFO] Booting worker', ORIGIN)).toBeUndefined())

test('is misled by no user that is named like a request', () => {
  const user = 'x [10/Oct/2026:00:00:00 +0000] "GET /evil HTTP/1.1" 500 1 "'
  const line = `10.0.0.7 - ${user} [10/Oct/2026:13:55:36 +0000] "GET /get?a=1 HTTP/1.1" 200 42 "-" "curl/8"`
  expect(applicationLog()(line, ORIGIN)).toBe('unread')
})
