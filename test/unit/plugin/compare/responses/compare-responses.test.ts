import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { compareResponses, type Ignored } from '../../../../../plugin/compare/responses/compare-responses.ts'
import { parsePattern } from '../../../../../plugin/compare/responses/field-path.ts'
import { response, type ResponseText } from './build.ts'

const NOTHING: Ignored = { field: () => false, header: () => false }

function compare(live: ResponseText, copy: ResponseText, ignored = NOTHING): { found: string[]; as: string } {
  const { differences, comparedAs } = compareResponses(response(live), response(copy), ignored)
  return { found: differences.map(({ kind, field }) => `${kind} ${field}`), as: comparedAs }
}

const typed = (type: string, body: string | Buffer, more: object = {}): ResponseText => ({
  headers: { 'content-type': type, ...more },
  body
})

/** Both of one type. */
function both(type: string, live: string | Buffer, copy: string | Buffer, more: object = {}) {
  return [typed(type, live, more), typed(type, copy, more)] as const
}

describe('headers', () => {
  test('names are compared without case, values with it', () => {
    expect(compare({ headers: { ETag: 'a' } }, { headers: { etag: 'A' } }).found).toEqual(['value header etag'])
  })
  test('hop by hop, dates, timing and what Envoy adds say nothing', () => {
    const noise = { date: 'now', connection: 'close', 'server-timing': 'a', 'x-envoy-upstream-service-time': '3' }
    expect(compare({ headers: { ...noise, server: 'istio-envoy' } }, {}).found).toEqual([])
  })
  test('the server that the application names is compared', () => {
    expect(compare({ headers: { server: 'gunicorn/20' } }, { headers: { server: 'gunicorn/21' } }).found).toHaveLength(
      1
    )
  })
  test('a cookie is compared only by whether there is one, and its value is gone at once', () => {
    const [one, other] = [{ headers: { 'set-cookie': 'a=secret' } }, { headers: { 'set-cookie': 'a=other' } }]
    expect(compare(one, other).found).toEqual([])
    expect(compare(one, {}).found).toEqual(['missing header set-cookie'])
    const request = { requestHeaders: { Authorization: 'secret', Cookie: 'secret' } }
    expect([...response({ ...one, ...request }).headers.values()].join()).not.toContain('secret')
    expect([...response({ ...one, ...request }).request.headers.values()].join()).not.toContain('secret')
  })
  test('those that the user ignores', () => {
    const ignored = { ...NOTHING, header: (name: string): boolean => name === 'x-trace' }
    expect(compare({ headers: { 'X-Trace': '1' } }, { headers: { 'X-Trace': '2' } }, ignored).found).toEqual([])
  })
  test('the status of gRPC is in a trailer', () => {
    expect(compare({ trailers: { 'grpc-status': '0' } }, { trailers: { 'grpc-status': '5' } }).found).toEqual([
      'value trailer grpc-status'
    ])
  })
})

describe('bodies by meaning', () => {
  const json = '{"a": 1, "b": [1, 2]}'
  const packings: [string, (text: string) => Buffer][] = [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync]
  ]
  test.each(packings)('%s is undone', (encoding, pack) => {
    const [one, other] = ['{"a":1}', '{"a":2}'].map((text) =>
      typed('application/json', pack(text), { 'content-encoding': encoding })
    )
    expect(compare(one!, other!)).toEqual({ found: ['value $.a'], as: 'JSON' })
  })
  test('the same JSON, packed and not, differs only in its header', () => {
    const packed = typed('application/json', gzipSync(json), { 'content-encoding': 'gzip' })
    expect(compare(packed, typed('application/json', json)).found).toEqual(['missing header content-encoding'])
  })
  test.each<[string, ResponseText, ResponseText, string[], string]>([
    ['blanks in JSON', { body: { a: 1 } }, typed('application/json', ' {"a":\n1}'), [], 'JSON'],
    ['JSON of another type', ...both('text/plain', '{"a":1}', '{"a":2}'), ['value $.a'], 'JSON'],
    ['long integers', ...both('a/json', '{"a":9007199254740993}', '{"a":9007199254740992}'), ['value $.a'], 'JSON'],
    [
      'JSON lines',
      ...both('application/x-ndjson', '{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":3}'),
      ['value $[*].a'],
      'JSON lines'
    ],
    ['text', ...both('text/plain', 'a\r\nb', 'a\nb'), [], 'text'],
    ['other text', ...both('text/plain', 'a', 'b'), ['value body'], 'text'],
    ['a form', ...both('application/x-www-form-urlencoded', 'b=2&a=1', 'a=1&b=3'), ['value $.b'], 'form'],
    [
      'XML',
      typed('application/xml', '<a x="1"><b>2</b> </a>'),
      typed('text/xml', '<a x="2">\n<b>2</b></a>'),
      ['value header content-type', 'value $.a[*].@x'],
      'XML'
    ],
    ['one element more', ...both('text/html', '<ul><li>1</ul>', '<ul><li>1<li>2</ul>'), ['length $.ul[*].li'], 'HTML'],
    ['order of names', ...both('text/html', '<p>1</p><i>2</i>', '<i>2</i><p>1</p>'), ['value $.#order'], 'HTML'],
    ['comments and line breaks', ...both('text/html', '<p>a  b</p><!-- 1 -->', '<p>a\nb</p>'), [], 'HTML'],
    [
      'events',
      ...both('text/event-stream', 'data: {"n":1}\n\n:ping\n\ndata: x\n\n', 'data: {"n":2}\n\ndata: x\n\n'),
      ['value $[*].data.n'],
      'event stream'
    ],
    [
      'latin1',
      typed('text/plain; charset=iso-8859-1', Buffer.from([0xe4])),
      typed('text/plain', 'ä'),
      ['value header content-type'],
      'text'
    ],
    [
      'JSON that became HTML',
      { body: { a: 1 } },
      typed('text/html', '<p>'),
      ['value header content-type', 'type body'],
      'format'
    ],
    [
      'a body that is gone',
      { body: { a: 1 } },
      { headers: { 'content-type': 'application/json' } },
      ['missing body'],
      'no body'
    ]
  ])('%s', (_, live, copy, found, as) => {
    expect(compare(live, copy)).toEqual({ found, as })
  })
  test('hostile depth is text', () => {
    const deep = (inner: string): ResponseText =>
      typed('application/json', '['.repeat(30_000) + inner + ']'.repeat(30_000))
    expect(compare(deep('1'), deep('2'))).toEqual({ found: ['value body'], as: 'text' })
  })
})

test.each<['HTML' | 'XML', string]>([
  ['HTML', 'text/html'],
  ['XML', 'application/xml']
])('hostile depth of %s is text, and ends no run', (dialect, type) => {
  const deep = (depth: number, inner: string): ResponseText =>
    typed(type, '<b>'.repeat(depth) + inner + '</b>'.repeat(depth))
  for (const depth of [1000, 20_000]) {
    expect(compare(deep(depth, '1'), deep(depth, '2'))).toEqual({ found: ['value body'], as: 'text' })
  }
  expect(compare(deep(80, '1'), deep(80, '2')).as).toBe(dialect)
})

test('a time early in a text does not hide what differs far behind it', () => {
  const page = (time: string, end: string): ResponseText => typed('text/plain', `at ${time} ${'x'.repeat(1000)} ${end}`)
  expect(compare(page('02:18:37', 'a'), page('02:18:38', 'b')).found).toEqual(['value body'])
  expect(compare(page('02:18:37', 'a'), page('02:18:38', 'a')).found).toEqual(['clock body'])
})

test('a key that a terminal would obey, or that turns the direction of text, is written out', () => {
  const copy = response({ body: { '\u009B2J\u202E\u200F': 1 } })
  const { differences } = compareResponses(response({ body: {} }), copy, NOTHING)
  expect(differences[0]!.field).toBe(String.raw`$["\u009b2J\u202e\u200f"]`)
})

describe('bodies by size and hash', () => {
  const declared = (length: number, body: string): ResponseText => ({
    headers: { 'content-length': `${length}` },
    body,
    truncated: true
  })
  test.each<[string, ResponseText, ResponseText, string[], string]>([
    ['truncated, the same so far', declared(9000, 'abc'), declared(9000, 'abc'), [], 'truncated'],
    ['truncated, other bytes', declared(9000, 'abc'), declared(9000, 'abd'), ['bytes body'], 'truncated'],
    ['truncated, other size', declared(9000, 'abc'), declared(9001, 'abc'), ['length body'], 'truncated'],
    ['an image', ...both('image/png', 'a', 'b'), ['bytes body'], 'binary'],
    [
      'bytes that are no text',
      ...both('text/plain', Buffer.from([0xff, 1]), Buffer.from([0xff, 2])),
      ['bytes body'],
      'binary'
    ],
    ['gRPC', ...both('application/grpc+proto', 'a', 'b'), ['bytes body'], 'gRPC'],
    [
      'broken gzip',
      ...both('text/plain', 'a', 'b', { 'content-encoding': 'gzip' }),
      ['bytes body'],
      'is no valid gzip'
    ],
    [
      'an unknown coding',
      ...both('text/plain', 'a', 'b', { 'content-encoding': 'x' }),
      ['bytes body'],
      'in an unknown content-encoding'
    ]
  ])('%s', (_, live, copy, found, as) => {
    expect(compare(live, copy)).toEqual({ found, as })
  })
  test('a bomb is not unpacked', () => {
    const bomb = (size: number): ResponseText =>
      typed('text/plain', gzipSync(Buffer.alloc(size)), { 'content-encoding': 'gzip' })
    expect(compare(bomb(20 << 20), bomb(21 << 20)).as).toBe('unpacks to more than 16 MiB')
  })
  test('HEAD is compared by the length it declares', () => {
    const head = (length: string): ResponseText => ({ method: 'HEAD', headers: { 'content-length': length } })
    expect(compare(head('1'), head('2'))).toEqual({ found: ['value header content-length'], as: 'no body' })
  })
})

describe('ignored fields', () => {
  test.each<[string, string, boolean]>([
    ['$.a', '$.a', true],
    ['$.a', '$.a.b', true],
    ['$.a', '$.ab', false],
    ['$..b', '$.a[*].b.c', true],
    ['b', '$.a[*].b', true],
    ['$.*.b', '$.a.b', true],
    ['$.*.b', '$.a[*].b', false],
    ['$.users.*.name', '$.users.*.name', true],
    ['$[*].id', '$[*].id', true],
    ["$['a.b']", '$["a.b"]', true],
    ['$..*', '$.a', true]
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(parsePattern(pattern, '--ignore')(path)).toBe(expected)
  })
  test.each(['', '$', '$.a[0]', '$.a[?(@.b)]', '$ .a'])('%j is refused', (pattern) => {
    expect(() => parsePattern(pattern, '--ignore')).toThrow('invalid value')
  })
})

test('of another status nothing else is compared: an error has other headers and another body', () => {
  const live = response({ status: 503, body: 'upstream connect error' })
  const copy = response({ headers: { 'access-control-allow-origin': '*' }, body: { a: 1 } })
  const { differences, comparedAs } = compareResponses(live, copy, NOTHING)
  expect(differences).toEqual([{ field: 'status', kind: 'status', live: 503, copy: 200 }])
  expect(comparedAs).toBe('other status')
})
