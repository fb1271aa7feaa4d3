// Splits a stream of concatenated JSON objects. Bounded; knows nothing of their content.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * Envoy writes `{...}{...}`, pretty-printed, in chunks that end anywhere. Counts braces outside strings and skips strings
 * (mostly bodies), so that it looks only at the bytes around them.
 */
export class JsonObjects {
  /** How many objects were longer than the limit, and are lost. */
  oversized = 0
  readonly #most: number
  #parts: Buffer[] = []
  #length = 0
  #depth = 0
  #inString = false
  /** The last byte was a backslash that escapes the next one. */
  #escaped = false
  #skipping = false

  /** `most`: bytes of one object. */
  constructor(most: number) {
    this.#most = most
  }

  /** The objects that this chunk completes. */
  push(chunk: Buffer): Buffer[] {
    const objects: Buffer[] = []
    let start = 0
    let at = 0
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#leaveString(chunk, at)
        continue
      }
      const byte = chunk[at++]!
      if (byte === OPEN && this.#depth++ === 0) start = at - 1
      // Ignore anything between objects: a stray quote must not hide all that follows.
      if (byte === OPEN || this.#depth === 0) continue
      if (byte === QUOTE) this.#inString = true
      else if (byte === CLOSE && --this.#depth === 0) {
        const object = this.#complete(chunk.subarray(start, at))
        if (object) objects.push(object)
        start = at
      }
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start))
    return objects
  }

  /** Where the string at `from` ends: after its quote, or at the end of the chunk. */
  #leaveString(chunk: Buffer, from: number): number {
    for (let at = from; ;) {
      if (this.#escaped) {
        this.#escaped = false
        at++
      }
      const quote = chunk.indexOf(QUOTE, at)
      const end = quote === -1 ? chunk.length : quote
      let backslashes = 0
      while (end - backslashes > at && chunk[end - backslashes - 1] === BACKSLASH) backslashes++
      this.#escaped = backslashes % 2 === 1
      if (quote === -1) return chunk.length
      at = this.#escaped ? quote : quote + 1
      this.#inString = this.#escaped
      if (!this.#inString) return at
    }
  }

  #keep(part: Buffer): void {
    this.#length += part.length
    if (this.#length > this.#most) this.#skipping = true
    if (this.#skipping) this.#parts = []
    // A copy: the chunk is far larger, and may be reused.
    else this.#parts.push(Buffer.from(part))
  }

  #complete(last: Buffer): Buffer | undefined {
    const tooLong = this.#skipping || this.#length + last.length > this.#most
    const object = tooLong ? undefined : Buffer.concat([...this.#parts, last])
    if (tooLong) this.oversized++
    this.#parts = []
    this.#length = 0
    this.#skipping = false
    return object
  }
}
