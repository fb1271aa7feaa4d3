// Remembers the live version's last answer to each request, so that two answers to the same one can be compared. Bounded.
import { createHash } from 'node:crypto'
import type { HttpResponse } from './response.ts'

/** Without a baseline, what differs between them may be noise: it needs no second version to differ. */
export class Repeats {
  /** The least recently answered first. */
  readonly #last = new Map<string, HttpResponse>()
  readonly #most: number
  #held = 0

  /** `most`: bytes of bodies. */
  constructor(most = 8 << 20) {
    this.#most = most
  }

  /** The live version's answer to the same request before this one, if it is still remembered. */
  swap(response: HttpResponse): HttpResponse | undefined {
    const key = keyOf(response)
    const before = this.#last.get(key)
    if (before) this.#forget(key, before)
    // A copy: what is done with lets its body go. Of the request no more than its method counts from here on.
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
  const told = ['content-type', 'accept', 'content-length'].map((name) => headers.get(name) ?? '')
  return `${method} ${authority}${path} ${told.join(' ')} ${createHash('sha256').update(body).digest('base64')}`
}
