// Responses for tests, from the parts that a test cares about.
import type { WholeResponse } from '../../../../../plugin/compare/responses/response.ts'
import { readHeaders } from '../../../../../plugin/compare/responses/headers.ts'

export interface ResponseText {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly trailers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | object
  readonly truncated?: boolean
  readonly method?: string
  readonly path?: string
  readonly requestHeaders?: Readonly<Record<string, string>>
  readonly requestBody?: string
}

const NOW = Date.parse('2026-11-23T02:18:37Z')

/** An object as body is JSON, and says so. */
export function response(text: ResponseText): WholeResponse {
  const { status = 200, body = '', truncated = false, method = 'GET', path = '/' } = text
  const isObject = typeof body === 'object' && !Buffer.isBuffer(body)
  return {
    status,
    headers: headers({ ...(isObject && { 'content-type': 'application/json' }), ...text.headers }),
    trailers: headers(text.trailers),
    body: Buffer.isBuffer(body) ? body : Buffer.from(isObject ? JSON.stringify(body) : body),
    truncated,
    made: { requested: NOW, responded: NOW },
    request: {
      method,
      path,
      authority: 'httpbin',
      headers: headers(text.requestHeaders),
      body: Buffer.from(text.requestBody ?? ''),
      truncated: false
    }
  }
}

function headers(entries: Readonly<Record<string, string>> = {}) {
  return readHeaders(Object.entries(entries).map(([key, value]) => ({ key, value })))
}
