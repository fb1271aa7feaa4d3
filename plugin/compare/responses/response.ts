// One version's whole response, as its sidecar saw it, with its request. Knows no JSON and no difference.
import type { Headers } from './headers.ts'

export interface HttpResponse {
  /** 0: none was sent. */
  readonly status: number
  /** Empty if the body was dropped, like the request's headers and body. */
  headers: Headers
  readonly trailers: Headers
  /** As sent, before decoding. Undefined: dropped, because too many were waiting. */
  body: Buffer | undefined
  /** The body was longer. */
  readonly truncated: boolean
  readonly made: Made
  readonly request: HttpRequest
}

/** A response whose body was not dropped. */
export type WholeResponse = HttpResponse & { readonly body: Buffer }

export function isWhole(response: HttpResponse): response is WholeResponse {
  return response.body !== undefined
}

/** The request, so that a reader can send it again. */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly authority: string
  headers: Headers
  body: Buffer
  readonly truncated: boolean
}

/** Bytes of the whole body. Undefined: unknown. */
export function sizeOf({ headers, body, truncated }: HttpResponse): number | undefined {
  const declared = Number(headers.get('content-length') ?? Number.NaN)
  if (Number.isSafeInteger(declared)) return declared
  return truncated ? undefined : body?.length
}

/** When a response was made, by its proxy's clock. Milliseconds since 1970. */
export interface Made {
  readonly requested: number
  readonly responded: number
}
