// Collects output in large pieces and waits for a slow reader. Knows no line.
import type { Writable } from 'node:stream'

const PIECE = 64 * 1024

export class ByteOutput {
  readonly #stream: Writable
  /** Reused: the stream, which may keep what it gets, gets copies of the right size. */
  readonly #piece = Buffer.allocUnsafe(PIECE)
  #length = 0
  #drained: Promise<void> | undefined

  constructor(stream: Writable) {
    this.#stream = stream
  }

  bytes(source: Buffer, start = 0, end = source.length): void {
    const length = end - start
    if (length > PIECE - this.#length) {
      this.#send()
      if (length > PIECE) {
        this.#write(Buffer.from(source.subarray(start, end)))
        return
      }
    }
    source.copy(this.#piece, this.#length, start, end)
    this.#length += length
  }

  text(text: string): void {
    this.bytes(Buffer.from(text))
  }

  /** Writes all to the stream. Returns a promise if the stream is full. */
  flush(): Promise<void> | undefined {
    this.#send()
    return this.#drained
  }

  #send(): void {
    if (this.#length === 0) return
    const piece = Buffer.from(this.#piece.subarray(0, this.#length))
    this.#length = 0
    this.#write(piece)
  }

  /** A stream that closes never drains, so closing ends the wait too. */
  #write(piece: Buffer): void {
    if (this.#stream.write(piece) || this.#drained) return
    this.#drained = new Promise<void>((resolve) => {
      const done = () => {
        this.#stream.off('drain', done).off('close', done)
        this.#drained = undefined
        resolve()
      }
      this.#stream.once('drain', done).once('close', done)
    })
  }
}
