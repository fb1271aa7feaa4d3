// Limits the bytes of responses that wait for their match: drops the oldest bodies, and counts them.
import type { HttpResponse } from '../responses/response.ts'
import type { Headers } from '../responses/headers.ts'

export class BodyBudget {
  /** Bodies that were dropped before they could be compared. */
  dropped = 0
  /** The oldest first. */
  readonly #held = new Map<HttpResponse, { readonly since: number; readonly bytes: number }>()
  #bytes = 0
  readonly #most: number

  constructor(most = 64 << 20) {
    this.#most = most
  }

  hold(response: HttpResponse, now: number): void {
    const bytes = weigh(response)
    this.#held.set(response, { since: now, bytes })
    this.#bytes += bytes
    for (const [oldest, { since }] of this.#held) {
      const isLate = now - since >= LONGEST_WAIT
      if (!isLate && this.#bytes <= this.#most) break
      if (!isLate) this.dropped++
      this.release(oldest)
    }
  }

  /** Call it when the response was compared, or never will be. Its record may wait on without headers and bodies. */
  release(response: HttpResponse): void {
    const held = this.#held.get(response)
    if (held === undefined) return
    this.#held.delete(response)
    this.#bytes -= held.bytes
    response.body = undefined
    // Replaced, not cleared: others may still use these maps.
    response.headers = NO_HEADERS
    response.request.headers = NO_HEADERS
    response.request.body = NO_BODY
  }
}

/** Milliseconds. After that no match is made. */
const LONGEST_WAIT = 60_000
const NO_HEADERS: Headers = new Map()
const NO_BODY = Buffer.alloc(0)

function weigh({ body, headers, request }: HttpResponse): number {
  return (body?.length ?? 0) + request.body.length + textOf(headers) + textOf(request.headers)
}

function textOf(headers: Headers): number {
  let length = 0
  for (const [name, value] of headers) length += name.length + value.length
  return length
}
