// Remembers the last live response to each request, so that two responses to the same one can be compared. Bounded.
import { createHash } from 'node:crypto'
import type { HttpResponse } from './response.ts'

/** Without a baseline, fields that differ between them may be noise. */
export class Repeats {
  /** The least recently used first. */
  readonly #last = new Map<string, HttpResponse>()
  readonly #most: number
  #held = 0

  /** `most`: bytes of bodies. */
  constructor(most = 8 << 20) {
    this.#most = most
  }

  /** Remembers this response, and returns the previous one to the same request, if still known. */
  swap(response: HttpResponse): HttpResponse | undefined {
    const key = keyOf(response)
    const before = this.#last.get(key)
    if (before) this.#forget(key, before)
    // A copy, because the caller frees the original's body. Of the request only the method is needed.
    const kept = { ...response, request: { ...response.request, headers: new Map(), body: Buffer.alloc(0) } }
    this.#last.set(key, kept)
    this.#held += weight(kept)
    for (const [oldest, held] of this.#last) {
      if (this.#held <= this.#most && this.#last.size <= MOST_REQUESTS) break
      this.#forget(oldest, held)
    }
    return before
  }

  #forget(key: string, response: HttpResponse): void {
    this.#last.delete(key)
    this.#held -= weight(response)
  }
}

const MOST_REQUESTS = 2000

function weight({ body }: HttpResponse): number {
  return (body?.length ?? 0) + 2000
}

function keyOf({ request: { method, authority, path, headers, body } }: HttpResponse): string {
  const shown = ['content-type', 'accept', 'content-length'].map((name) => headers.get(name) ?? '')
  return `${method} ${authority}${path} ${shown.join(' ')} ${createHash('sha256').update(body).digest('base64')}`
}
