// Whether a record is a copy's, by the subset in the server name of its access log. The lines are of a sidecar of Istio 1.32.
import { expect, test } from 'vitest'
import { proxyLog } from '../../../../../plugin/compare/sources/access-log.ts'
import { ISTIO_JSON } from '../../../../../plugin/compare/sources/log-formats.ts'
import type { RequestRecord, Workload } from '../../../../../plugin/compare/sources/record.ts'

const HOST = 'web.safety.svc.cluster.local'

/** Of v2's sidecar. */
const line = (server: string) =>
  '[2026-11-28T12:03:17.667Z] "GET /limited HTTP/1.1" 200 - via_upstream - "-" 0 3 6 5 "10.244.0.7" "curl/7.88.1" ' +
  '"1c408458-6529-4382-8492-b63195e2e239" "web:8000" "10.244.0.5:80" inbound|80|| 127.0.0.6:60644 10.244.0.5:80 ' +
  `10.244.0.7:0 ${server} default`

const json = (server: string) =>
  JSON.stringify({
    ...Object.fromEntries(Object.keys(ISTIO_JSON.json).map((key) => [key, '-'])),
    start_time: '2026-11-28T12:03:17.667Z',
    method: 'GET',
    path: '/limited',
    response_code: 200,
    upstream_cluster: 'inbound|80||',
    requested_server_name: server === '-' ? null : server
  })

test.each([
  [`outbound_.8000_.kubectl-mirror-v2_.${HOST}`, true, true],
  [`outbound_.8000_.kubectl-mirror_.${HOST}`, true, true],
  [`outbound_.8000_.v2_.${HOST}`, undefined, false],
  [`outbound_.8000_._.${HOST}`, undefined, false],
  ['httpbin.example.com', undefined, undefined],
  ['-', undefined, undefined]
])('%s: %s, and where copies are limited %s', (server, alone, limited) => {
  for (const print of [line, json]) {
    const told = (areCopiesLimited: boolean, workload: Workload) => {
      const log = proxyLog({}, { areCopiesLimited })
      return (log(print(server), { workload, pod: 'web-v2', at: 0 }) as RequestRecord).isCopy
    }
    expect(told(false, 'mirror')).toBe(alone)
    expect(told(true, 'mirror')).toBe(limited)
    // A second VirtualService may mirror to the live version without a limit.
    expect(told(true, 'live')).toBe(alone)
  }
})

test('a line with an unknown server name is still read', () => {
  const format = { text: '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %REQ(USER-AGENT)% %REQUESTED_SERVER_NAME% x' }
  const found = proxyLog({ mirror: { read: [format] } })(
    `GET /a 200 agent outbound_.80_.kubectl-mirror-v2_.${HOST} y x`,
    {
      workload: 'mirror',
      pod: 'web-v2',
      at: 0
    }
  )
  expect(found).toMatchObject({ path: '/a', status: 200 })
})
