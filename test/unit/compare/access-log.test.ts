import { describe, expect, it } from 'vitest'
import { applicationLog, proxyLog } from '../../../plugin/compare/access-log.ts'

const ORIGIN = { workload: 'mirror', pod: 'httpbin-v2-a', at: 5 } as const
const ID = '6f9619ff-8b86-9011-b42d-00c04fc964ff'
const MASKED = '6f9619ff-8b86-x011-b42d-00c04fc964ff'

const ISTIO = (changes: { agent?: string; forwarded?: string; cluster?: string } = {}): string =>
  `[2026-10-10T13:55:36.123Z] "GET /get?a=1 HTTP/1.1" 200 - via_upstream - "-" 0 42 7 6 "${changes.forwarded ?? '10.0.0.7'}" ` +
  `"${changes.agent ?? 'curl/8'}" "${ID}" "httpbin:8000" "10.0.0.9:80" ${changes.cluster ?? 'inbound|80||'} ` +
  '127.0.0.6:41 10.0.0.9:80 10.0.0.7:0 outbound_.8000_.v2_.httpbin.a.svc.cluster.local default'

const EXPECTED = {
  workload: 'mirror',
  pod: 'httpbin-v2-a',
  at: Date.parse('2026-10-10T13:55:36.123Z'),
  id: MASKED,
  method: 'GET',
  path: '/get?a=1',
  status: 200,
  bytes: 42,
  duration: 7,
  forwarded: ['10.0.0.7'],
  authority: 'httpbin:8000'
}

describe('proxyLog', () => {
  it("reads Istio's default format", () => {
    expect(proxyLog()(ISTIO(), ORIGIN)).toEqual({ ...EXPECTED, line: ISTIO() })
    expect(proxyLog()(ISTIO({ forwarded: '-' }), ORIGIN)?.forwarded).toEqual([])
    expect(proxyLog()(ISTIO({ forwarded: '192.0.2.1, 10.0.0.7' }), ORIGIN)?.forwarded).toEqual([
      '192.0.2.1',
      '10.0.0.7'
    ])
  })

  it("reads Envoy's own default format", () => {
    const line =
      '[2026-10-10T13:55:36.123Z] "GET /get?a=1 HTTP/1.1" 200 - 0 42 7 6 "10.0.0.7" "curl/8" ' +
      `"${ID}" "httpbin:8000" "10.0.0.9:80"`
    // It does not show whether the pod was asked, or asked itself.
    expect(proxyLog()(line, ORIGIN)).toEqual({ ...EXPECTED, undirected: true, line })
  })

  it("reads Istio's JSON format, numbers, strings, null and dashes", () => {
    const record = {
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
    const line = JSON.stringify(record)
    expect(proxyLog()(line, ORIGIN)).toEqual({ ...EXPECTED, line })
    const fromMesh = { ...record, x_forwarded_for: null, bytes_sent: '-' }
    const read = proxyLog()(JSON.stringify(fromMesh), ORIGIN)
    expect(read).toMatchObject({ forwarded: [] })
    expect(read).not.toHaveProperty('bytes')
  })

  it('reads the custom formats that the mesh configures', () => {
    const text =
      '%START_TIME(%s.%3f)% id=%REQ(x-request-id):36% %REQ(:METHOD)% %PATH(WQ:PATH)% -> %RESPONSE_CODE% in %DURATION%ms'
    expect(proxyLog([text])(`1791640536.123 id=${ID} POST /a -> 201 in 12ms`, ORIGIN)).toMatchObject({
      at: 5,
      id: MASKED,
      method: 'POST',
      path: '/a',
      status: 201,
      duration: 12
    })
    const json = { rid: '%REQ(X-REQUEST-ID)%', verb: '%REQ(:METHOD)%', target: '%REQ(:PATH)%', ms: '%DURATION%' }
    const line = JSON.stringify({ rid: ID, verb: 'GET', target: '/b', ms: 3, status: 404 })
    expect(proxyLog([json])(line, ORIGIN)).toMatchObject({ id: MASKED, path: '/b', duration: 3, status: 404 })
  })

  it('guesses at a custom format that it was not told, if it shows an id, a method, a path and a status', () => {
    const read = proxyLog()(`2026-10-10 rid:${ID} "GET /x HTTP/2" status:503`, ORIGIN)
    expect(read).toMatchObject({ id: MASKED, method: 'GET', path: '/x', status: 503 })
    expect(read).not.toHaveProperty('forwarded')
  })

  it('is not misled by quotes that a client sends', () => {
    expect(proxyLog()(ISTIO({ agent: 'evil"agent" 200 "x' }), ORIGIN)?.id).not.toBe('x')
    expect(proxyLog()(ISTIO({ agent: 'a"b' }), ORIGIN)).toMatchObject({ id: MASKED, status: 200 })
  })

  it('leaves out what the pod itself sends, and what is no access log', () => {
    expect(proxyLog()(ISTIO({ cluster: 'outbound|8000||other.a.svc.cluster.local' }), ORIGIN)).toBeUndefined()
    expect(
      proxyLog()('2026-10-10T13:55:36.1Z\tinfo\tcache\tgenerated new workload certificate', ORIGIN)
    ).toBeUndefined()
    expect(proxyLog()('{"level":"info","msg":"ready"}', ORIGIN)).toBeUndefined()
  })
})

describe('applicationLog', () => {
  it.each([
    ['gunicorn', '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /get?a=1 HTTP/1.1" 200 42 "-" "curl/8"'],
    ['nginx', '10.0.0.7 - ann [10/Oct/2026:15:55:36 +0200] "GET /get?a=1 HTTP/1.1" 200 42 "-" "curl/8" "-"'],
    ['Apache', '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /get?a=1 HTTP/1.1" 200 42']
  ])('reads %s', (_, line) => {
    const { at, method, path, status, bytes } = EXPECTED
    expect(applicationLog()(line, ORIGIN)).toEqual({
      workload: 'mirror',
      pod: 'httpbin-v2-a',
      at: Math.floor(at / 1000) * 1000,
      method,
      path,
      status,
      bytes,
      line
    })
  })

  it('leaves out what is no access log', () =>
    expect(applicationLog()('[INFO] Booting worker', ORIGIN)).toBeUndefined())
})
