import { describe, expect, test } from 'vitest'
import { proxyLog } from '../../../../../plugin/compare/sources/access-log.ts'
import type { LogFormat } from '../../../../../plugin/compare/sources/log-formats.ts'
import type { RequestRecord } from '../../../../../plugin/compare/sources/record.ts'

const ORIGIN = { workload: 'mirror', pod: 'httpbin-v2-a', at: 5 } as const
const ID = '6f9619ff-8b86-9011-b42d-00c04fc964ff'
const OTHER_ID = '11111111-1111-4111-8111-111111111111'
const MASKED = '6f9619ff-8b86-x011-b42d-00c04fc964ff'

const USUAL = { agent: 'curl/8', forwarded: '10.0.0.7', cluster: 'inbound|80||', route: 'default' }
const SHORT = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE%'

function istio(changes: Partial<typeof USUAL> = {}): string {
  const { agent, forwarded, cluster, route } = { ...USUAL, ...changes }
  return (
    `[2026-10-10T13:55:36.123Z] "GET /get?a=1 HTTP/1.1" 200 - via_upstream - "-" 0 42 7 6 "${forwarded}" ` +
    `"${agent}" "${ID}" "httpbin:8000" "10.0.0.9:80" ${cluster} ` +
    `127.0.0.6:41 10.0.0.9:80 10.0.0.7:0 outbound_.8000_.v2_.httpbin.a.svc.cluster.local ${route}`
  )
}

const EXPECTED = {
  workload: 'mirror',
  pod: 'httpbin-v2-a',
  at: Date.parse('2026-10-10T13:55:36.123Z'),
  id: MASKED,
  requestId: ID,
  method: 'GET',
  path: '/get?a=1',
  asked: '/get?a=1',
  status: 200,
  bytes: 42,
  duration: 7,
  forwarded: ['10.0.0.7'],
  authority: 'httpbin:8000'
}

const RECORD = {
  start_time: '2026-10-10T13:55:36.123Z',
  method: 'GET',
  path: '/get?a=1',
  response_code: 200,
  bytes_sent: '42',
  duration: 7,
  x_forwarded_for: '10.0.0.7',
  request_id: ID,
  authority: 'httpbin:8000',
  upstream_cluster: 'inbound|80||',
  response_flags: '-'
}

/** What the line says in a mesh that is configured with these formats. */
function read(line: string, formats: readonly LogFormat[] = []): RequestRecord | 'unread' | undefined {
  return proxyLog({ mirror: { read: formats } })(line, ORIGIN)
}

test("reads Istio's default format", () => {
  expect(read(istio())).toEqual({ ...EXPECTED, line: istio() })
  expect(read(istio({ forwarded: '-' }))).toMatchObject({ forwarded: [] })
  expect(read(istio({ forwarded: '192.0.2.1, 10.0.0.7' }))).toMatchObject({ forwarded: ['192.0.2.1', '10.0.0.7'] })
})

test('keeps no line where none will be shown', () => {
  const { requestId: _, ...expected } = EXPECTED
  expect(proxyLog({}, { keepsLines: false })(istio(), ORIGIN)).toEqual({ ...expected, line: '' })
})

test("reads Envoy's own default format", () => {
  const line =
    '[2026-10-10T13:55:36.123Z] "GET /get?a=1 HTTP/1.1" 200 - 0 42 7 6 "10.0.0.7" "curl/8" ' +
    `"${ID}" "httpbin:8000" "10.0.0.9:80"`
  // It does not show whether the pod was asked, or asked itself.
  expect(read(line)).toEqual({ ...EXPECTED, directionUnknown: true, line })
})

test("reads Istio's JSON format, numbers, strings, null and dashes", () => {
  const line = JSON.stringify(RECORD)
  expect(read(line)).toEqual({ ...EXPECTED, line })
  const found = read(JSON.stringify({ ...RECORD, x_forwarded_for: null, bytes_sent: '-' }))
  expect(found).toMatchObject({ forwarded: [] })
  expect(found).not.toHaveProperty('bytes')
})

test('reads the text formats that the mesh configures', () => {
  const text =
    '%START_TIME(%s.%3f)% id=%REQ(x-request-id):36% %REQ(:METHOD)% %PATH(WQ:PATH)% -> %RESPONSE_CODE% in %DURATION%ms\n'
  const expected = { at: 5, id: MASKED, method: 'POST', path: '/a', status: 201, duration: 12 }
  expect(read(`1791640536.123 id=${ID} POST /a -> 201 in 12ms`, [{ text }])).toMatchObject(expected)
  const alike = '100%% %REQ(:METHOD)%%REQ(:PATH)% %RESPONSE_CODE%'
  expect(read('100% GET/a 204', [{ text: alike }])).toBe('unread')
  const apart = alike.replace('%%REQ(:PATH)', '% %REQ(:PATH)')
  expect(read('100% GET /a 204', [{ text: apart }])).toMatchObject({ path: '/a', status: 204 })
})

test.each([
  ['%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%', '/a'],
  ['%REQ_WITHOUT_QUERY(:PATH)%', undefined],
  ['%PATH(NQ:ORIG_OR_PATH)%', '/a'],
  ['%PATH(NQ)%', '/a'],
  ['%PATH(NQ:PATH)%', undefined]
])('knows %s, and whether it shows the path before a rewrite', (operator, asked) => {
  const found = read('GET /a 200', [{ text: `%REQ(:METHOD)% ${operator} %RESPONSE_CODE%` }])
  expect(found).toMatchObject({ path: '/a', status: 200 })
  expect((found as RequestRecord).asked).toBe(asked)
})

test('takes no value that may be cut short for the whole: other requests have the same first characters', () => {
  const text = '%REQ(X-REQUEST-ID):8% %REQ(:METHOD):4% %REQ(:PATH):4% %RESPONSE_CODE% %UPSTREAM_CLUSTER:7% %DURATION:3%'
  const found = read('6f9619ff GET /abc 200 inbound 12', [{ text }])
  expect(found).toMatchObject({ method: 'GET', path: '/abc', duration: 12, directionUnknown: true })
  expect(found).not.toHaveProperty('id')
  expect(read('6f9619ff GET /abc 200 inbound 123', [{ text }])).not.toHaveProperty('duration')
  expect(read('6f9619ff DELE /abc 200 inbound 12', [{ text }])).toBe('unread')
  const json = { id: '%REQ(X-REQUEST-ID):8%', m: '%REQ(:METHOD)%', p: '%REQ(:PATH)%', s: '%RESPONSE_CODE%' }
  expect(read(JSON.stringify({ id: '6f9619ff', m: 'GET', p: '/', s: 200 }), [{ json }])).not.toHaveProperty('id')
})

test('reads the JSON formats that the mesh configures, nested ones and those with text around an operator', () => {
  const json = {
    app: 'mesh',
    request: { id: '%REQ(X-REQUEST-ID)%', line: '%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%', tags: ['%ROUTE_NAME%', 1] },
    response: { code: '%RESPONSE_CODE%', took: '%DURATION%' }
  }
  const line = (tags: unknown[]): string => {
    const request = { id: ID, line: 'GET /b HTTP/1.1', tags }
    return JSON.stringify({ app: 'mesh', request, response: { code: 404, took: 3 } })
  }
  const expected = { id: MASKED, method: 'GET', path: '/b', duration: 3, status: 404 }
  expect(read(line(['default', 1]), [{ json }])).toMatchObject(expected)
  expect(read(line(['default', 2]), [{ json }])).toBe('unread')
})

test('knows which keys a format that omits empty values may leave out', () => {
  const json = { m: '%REQ(:METHOD)%', p: '%REQ(:PATH)%', s: '%RESPONSE_CODE%', f: '%REQ(X-FORWARDED-FOR)%' }
  const line = '{"m":"GET","p":"/a","s":200}'
  expect(read(line, [{ json }])).toBe('unread')
  expect(read(line, [{ json, omitsEmpty: true }])).toMatchObject({ status: 200 })
})

test.each([
  ['text that shows an id, a method, a path and a status', `2026-10-10 rid:${ID} "GET /x HTTP/2" status:503`],
  ['JSON with usual names', JSON.stringify({ time: '2026', verb: 'GET', uri: '/x', status: 200, req_id: ID })],
  ["Istio's JSON with a key more", JSON.stringify({ ...RECORD, status: 500 })],
  ["Istio's JSON without a key", JSON.stringify({ ...RECORD, upstream_cluster: undefined })],
  ["Istio's JSON with a status that is none", JSON.stringify({ ...RECORD, response_code: null })],
  ["Istio's format with a field more at the end", `${istio()} "extra"`],
  ['half a line', istio().slice(0, 90)]
])('does not guess: %s is unread', (_, line) => expect(read(line)).toBe('unread'))

test('does not choose where two formats of the mesh read one line differently', () => {
  const sent = { text: `${SHORT} %BYTES_SENT%` }
  const received = { text: `${SHORT} %BYTES_RECEIVED%` }
  expect(read('GET /a 200 7', [sent, received])).toBe('unread')
  expect(read('GET /a 200 7', [sent])).toMatchObject({ bytes: 7 })
})

test('believes the mesh, where its format looks like a default one', () => {
  const others = Object.fromEntries(Object.keys(RECORD).map((key) => [key, '%ROUTE_NAME%']))
  const own = { method: '%REQ(:METHOD)%', path: '%REQ(:PATH)%', response_code: '%RESPONSE_CODE%' }
  const swapped = { json: { ...others, ...own, duration: '%BYTES_SENT%' } }
  expect(read(JSON.stringify(RECORD), [swapped])).toMatchObject({ bytes: 7 })
})

test('reads paths of both versions without their queries where one format shows none', () => {
  const log = proxyLog({ live: { read: [{ text: '%REQ(:METHOD)% %REQ_WITHOUT_QUERY(:PATH)% %RESPONSE_CODE%' }] } })
  expect(log('GET /get 200', { ...ORIGIN, workload: 'live' })).toMatchObject({ path: '/get' })
  expect(log(istio(), ORIGIN)).toMatchObject({ path: '/get', asked: '/get' })
})

test('counts a request once that two providers write down', () => {
  const log = proxyLog({ mirror: { read: [], repeated: [{ text: SHORT }] } })
  expect(log('GET /a 200', ORIGIN)).toBeUndefined()
  expect(log(istio(), ORIGIN)).toMatchObject({ status: 200 })
})

test('leaves out what the pod itself sends, TCP, and what reached no version', () => {
  expect(read(istio({ cluster: 'outbound|8000||other.a.svc.cluster.local' }))).toBeUndefined()
  expect(read(istio({ cluster: 'PassthroughCluster' }))).toBeUndefined()
  expect(read(istio({ cluster: '-', route: 'block_all' }))).toBeUndefined()
  const tcp =
    '[2026-10-10T13:55:36.123Z] "- - -" 0 - - - "-" 123 456 12 - "-" "-" "-" "-" "10.0.0.1:443" ' +
    'outbound|443||kubernetes.default.svc.cluster.local 10.0.0.9:41 10.0.0.1:443 10.0.0.9:40 - -'
  expect(read(tcp)).toBeUndefined()
})

test('knows what the sidecar says of itself, and takes no other line for it', () => {
  const log = proxyLog()
  const own = [
    '2026/10/10 13:55:36 INFO GOMEMLIMIT is already set, skipping package=memlimit',
    '2026-10-10T13:55:36.100000Z\tinfo\tFLAG: --concurrency="0"',
    '2026-10-10T13:55:36.100000Z\tinfo\tEffective config: binaryPath: /usr/local/bin/envoy',
    'concurrency: 2',
    'tracing: {}',
    '',
    '2026-10-10T13:55:36.123456Z\twarning\tenvoy config external/envoy/source/common\tgRPC config stream closed\tthread=13',
    '[2026-10-10 13:55:36.123][13][warning][config] gRPC config stream closed',
    '{"level":"info","time":"2026-10-10T13:55:36.1Z","msg":"ready"}'
  ]
  for (const line of own) expect(log(line, ORIGIN), line).toBeUndefined()
  const refusal = '2026-10-10T13:55:36.1Z\twarn\tads\tError adding/updating listener(s) a: no'
  const refused = [refusal, '10.96.0.10_53: no', '']
  for (const line of refused) expect(log(line, ORIGIN), line).toBeUndefined()
  expect(log('concurrency: 2', { ...ORIGIN, at: ORIGIN.at + 1000 }), 'long after a message').toBe('unread')
  expect(log('GET /a 200', ORIGIN), 'right after a message').toBe('unread')
  expect(log('concurrency: 2', ORIGIN), 'after something else').toBe('unread')
})

describe('what a client sends', () => {
  const FORGED = `x" "${OTHER_ID}" "evil.host" "10.0.0.9:80" outbound|80||evil 127.0.0.6:41 10.0.0.9:80 10.0.0.7:0 - default`

  test.each([
    ['a quote', 'a"b'],
    ['a quote and a blank', 'evil"agent" 200 "x'],
    ['what ends a field', 'a" "b'],
    ['an id', `a" "${OTHER_ID}`],
    ['an id and a host', `a" "${OTHER_ID}" "evil.host`],
    ['all that follows it, with another direction', FORGED],
    ['quotes alone', '" " "'],
    ['nothing', '']
  ])('in its user agent, %s, misleads neither the id nor the direction', (_, agent) => {
    expect(read(istio({ agent }))).toMatchObject({ id: MASKED, requestId: ID, status: 200, authority: 'httpbin:8000' })
    const outbound = istio({ agent: agent.replace('outbound|', 'inbound|'), cluster: 'outbound|80||other' })
    expect(read(outbound)).toBeUndefined()
  })

  test('does not say where a request came from if that may be a part of its user agent', () => {
    expect(read(istio({ agent: 'a" "b' }))).not.toHaveProperty('forwarded')
    expect(read(istio({ agent: 'a"b' }))).toMatchObject({ forwarded: ['10.0.0.7'] })
  })

  test('misleads no format without quotes either', () => {
    const text =
      'ua=%REQ(USER-AGENT)% id=%REQ(X-REQUEST-ID)% %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %UPSTREAM_CLUSTER%'
    const line = (agent: string): string => `ua=${agent} id=${ID} GET /a 200 inbound|80||`
    const agents = ['Mozilla/5.0 (X11; Linux)', 'x id=7', `x id=${OTHER_ID} GET /evil 500 outbound|80||`]
    for (const agent of agents)
      expect(read(line(agent), [{ text }])).toMatchObject({ id: MASKED, path: '/a', status: 200 })
  })

  test('is not read where it may be a part of a field that we need', () => {
    const text = `%REQ(USER-AGENT)% ${SHORT}`
    expect(read('curl/8 GET /a 200', [{ text }])).toMatchObject({ method: 'GET' })
    const first = '%REQ(:METHOD)% %REQ(:PATH)% %REQ(USER-AGENT)% %RESPONSE_CODE% %REQ(REFERER)%'
    expect(read('GET /a curl/8 200 -', [{ text: first }])).toMatchObject({ status: 200 })
    expect(read('GET /a x 500 200 -', [{ text: first }])).toBe('unread')
  })

  test('costs no more than its length', () => {
    const begun = process.cpuUsage()
    for (let times = 0; times < 5; times++) read(istio({ agent: '" "'.repeat(20_000), forwarded: '", "'.repeat(5000) }))
    expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(2)
  })
})
