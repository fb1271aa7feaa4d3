// Which headers are compared and shown. Secret ones are hidden here, before anything else sees them.

/** Names in lower case; repeated ones are joined, as in RFC 9110. */
export type Headers = ReadonlyMap<string, string>

export interface HeaderEntry {
  readonly key: string
  readonly value?: string
}

/** All headers, with the values of credentials hidden. */
export function readHeaders(entries: readonly HeaderEntry[] = []): Headers {
  const headers = new Map<string, string>()
  for (const { key, value = '' } of entries) {
    const name = key.toLowerCase()
    const known = headers.get(name)
    if (SECRET.has(name)) headers.set(name, HIDDEN)
    else headers.set(name, known === undefined ? value : `${known}, ${value}`)
  }
  return headers
}

/** Response headers that the application chose, and that describe the response. */
export function comparedHeaders(headers: Headers, ignored: (name: string) => boolean): Map<string, string> {
  const envoyAnswered = ENVOY.test(headers.get('server') ?? '')
  return new Map(
    [...headers].filter(
      ([name]) =>
        !name.startsWith(':') &&
        !name.startsWith('x-envoy-') &&
        !LEFT_OUT.has(name) &&
        !(name === 'server' && envoyAnswered) &&
        !ignored(name)
    )
  )
}

export const HIDDEN = '(hidden)'

const SECRET = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

const ENVOY = /^(istio-)?envoy$/

/**
 * Hop by hop (RFC 9110, 7.6.1); times and durations; what the mesh adds; and what follows from the body, which is compared
 * itself.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(
  [
    'connection keep-alive proxy-connection proxy-authenticate te trailer transfer-encoding upgrade',
    'date age server-timing x-runtime x-response-time x-process-time',
    'x-request-id x-b3-traceid x-b3-spanid x-b3-parentspanid x-b3-sampled traceparent tracestate via',
    'content-length'
  ].flatMap((names) => names.split(' '))
)

/** Request headers for examples, without what the mesh adds. */
export function shownRequestHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(
    ([name]) => !name.startsWith(':') && !name.startsWith('x-envoy-') && !name.startsWith('x-b3-') && !MESH.has(name)
  )
}

const MESH = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-client-cert', 'traceparent', 'tracestate'])
