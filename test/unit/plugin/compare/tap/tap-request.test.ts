import { describe, expect, test } from 'vitest'
import { RE2JS } from 're2js'
import { longestTrace, parseSize, tapRequest } from '../../../../../plugin/compare/tap/tap-request.ts'

interface Asked {
  readonly tap_config: {
    readonly match_config: {
      readonly any_match?: true
      readonly http_request_headers_match?: {
        readonly headers: readonly {
          readonly name: string
          readonly string_match: { readonly safe_regex: { readonly regex: string } }
        }[]
      }
    }
    readonly output_config: { readonly max_buffered_rx_bytes: number; readonly max_buffered_tx_bytes: number }
  }
}

const ALL = { maxBody: 65_536, oneOf: 1, methods: [], paths: [] }

/** The regex for a header, which Envoy (RE2) applies to the whole value. */
function regexFor(name: string, taken: Partial<typeof ALL> | object): string {
  const { tap_config: config } = tapRequest('id', { ...ALL, ...taken }) as Asked
  return config.match_config.http_request_headers_match!.headers.find((one) => one.name === name)!.string_match
    .safe_regex.regex
}

test('without restrictions everything matches', () => {
  expect((tapRequest('id', ALL) as Asked).tap_config.match_config).toEqual({ any_match: true })
})

test.each([2, 4, 8, 16, 32, 64, 128, 256, 4096])('1 of %i ids is chosen, the same ones each time', (oneOf) => {
  const regex = RE2JS.compile(regexFor('x-request-id', { oneOf }))
  const ids = Array.from(
    { length: 65_536 },
    (_, index) => `3b01350e-84d2-49b9-ad02-db7c4d86${index.toString(16).padStart(4, '0')}`
  )
  expect(ids.filter((id) => regex.matches(id))).toHaveLength(65_536 / oneOf)
})

test.each([
  ['/api/*', '/api/users', true],
  ['/api/*', '/api/users/7?a=/b', true],
  ['/api/*', '/apix', false],
  ['/api/*', '/other?x=/api/', false],
  ['/a.b', '/a.b', true],
  ['/a.b', '/axb', false],
  ['/a.b', '/a.b?q', true],
  ['*/health', '/deep/health', true]
])('path %s and %s: %s', (glob, path, expected) => {
  expect(RE2JS.matches(regexFor(':path', { paths: [glob] }), path)).toBe(expected)
})

test('methods are whole words', () => {
  const regex = regexFor(':method', { methods: ['GET', 'HEAD'] })
  expect(['GET', 'HEAD', 'GETX', 'POST'].map((method) => RE2JS.matches(regex, method))).toEqual([
    true,
    true,
    false,
    false
  ])
})

describe('flags', () => {
  test('--max-body', () => {
    expect(['64Ki', '1Mi', '1000'].map(parseSize)).toEqual([65_536, 1_048_576, 1000])
    for (const text of ['64kb', '0', '9Mi', '-1']) expect(() => parseSize(text)).toThrow('--max-body')
  })
  test('a request and its whole response fit into the longest trace', () => {
    const body = Buffer.alloc(65_536, 'x').toString('base64')
    const trace = {
      http_buffered_trace: { request: { headers: [{ key: 'a', value: 'x'.repeat(60_000) }] }, response: { body } }
    }
    expect(longestTrace(65_536)).toBeGreaterThan(JSON.stringify(trace).length)
  })
})
