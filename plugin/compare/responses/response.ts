// One version's whole answer to one request, as its sidecar saw it, and the request. Knows no JSON and no difference.
import type { Made } from './clock.ts'
import type { Headers } from './headers.ts'

export interface HttpResponse {
  /** 0: none was sent. */
  readonly status: number
  /** Empty where the body was let go, and so are the request's headers and body. */
  headers: Headers
  readonly trailers: Headers
  /** As it was sent, before any decoding; undefined: let go, because too many were waiting. */
  body: Buffer | undefined
  /** The body went on. */
  readonly truncated: boolean
  readonly made: Made
  readonly request: HttpRequest
}

/** With the body that it was sent with. */
export type WholeResponse = HttpResponse & { readonly body: Buffer }

export function isWhole(response: HttpResponse): response is WholeResponse {
  return response.body !== undefined
}

/** What showed a difference, so that a reader can send it again. */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly authority: string
  headers: Headers
  body: Buffer
  readonly truncated: boolean
}

/** Of the whole body, so far as the headers tell. */
export function sizeOf({ headers, body, truncated }: HttpResponse): number | undefined {
  const declared = Number(headers.get('content-length') ?? Number.NaN)
  if (Number.isSafeInteger(declared)) return declared
  return truncated ? undefined : body?.length
}
