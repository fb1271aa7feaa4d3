// Reads Envoy's buffered trace of one request (envoy.data.tap.v3.HttpBufferedTrace, as JSON). Knows no stream.
import type { HttpResponse } from '../responses/response.ts'
import { readHeaders, type HeaderEntry, type Headers } from '../responses/headers.ts'

export interface Trace {
  readonly response: HttpResponse
  readonly requestId?: string
  readonly forwarded: readonly string[]
  /** By the proxy's clock, milliseconds since 1970. Absent: it did not record times. */
  readonly requested?: number
  readonly responded?: number
}

interface Message {
  readonly headers?: readonly HeaderEntry[]
  readonly trailers?: readonly HeaderEntry[]
  readonly body?: { readonly as_bytes?: string; readonly truncated?: boolean } | null
  readonly headers_received_time?: string | null
}

/** Undefined: not a trace of a request. `now`: used if the proxy recorded no times. */
export function readTrace(json: Buffer, now: number): Trace | undefined {
  const { http_buffered_trace: trace } = JSON.parse(json.toString()) as {
    readonly http_buffered_trace?: Partial<Readonly<Record<'request' | 'response', Message>>>
  }
  const headers = readHeaders(trace?.request?.headers)
  const method = headers.get(':method')
  if (trace === undefined || method === undefined) return undefined
  const { request, response } = trace
  const answers = readHeaders(response?.headers)
  const id = headers.get('x-request-id')
  const requested = timeOf(request)
  const responded = timeOf(response)
  return {
    response: {
      status: Number(answers.get(':status') ?? 0),
      headers: answers,
      trailers: readHeaders(response?.trailers),
      ...readBody(response),
      made: { requested: requested ?? now, responded: responded ?? now },
      request: {
        method,
        path: headers.get(':path') ?? '/',
        authority: headers.get(':authority') ?? '',
        headers,
        ...readBody(request)
      }
    },
    ...(id !== undefined && { requestId: id }),
    forwarded: readForwarded(headers),
    ...(requested !== undefined && { requested }),
    ...(responded !== undefined && { responded })
  }
}

function readBody(message: Message | undefined): { body: Buffer; truncated: boolean } {
  const { as_bytes: bytes = '', truncated = false } = message?.body ?? {}
  // Not Buffer.from: it cuts small buffers from a pool of 64 KiB, and a body that waits would keep all of it.
  const body = Buffer.allocUnsafeSlow(Buffer.byteLength(bytes, 'base64'))
  return { body: body.subarray(0, body.write(bytes, 'base64')), truncated }
}

function readForwarded(headers: Headers): string[] {
  const value = headers.get('x-forwarded-for')
  return value === undefined ? [] : value.split(',').map((entry) => entry.trim())
}

function timeOf(message: Message | undefined): number | undefined {
  const time = Date.parse(message?.headers_received_time ?? '')
  return Number.isNaN(time) ? undefined : time
}
