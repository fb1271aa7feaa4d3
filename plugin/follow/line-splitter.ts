// Splits a stream of chunks into lines without copying them; keeps an unfinished line, up to a limit.
import { type Line, StampReader } from './line.ts'

const NEWLINE = 0x0a
/** The rest of a longer line is cut off: an application that never ends its line must not fill the memory. */
export const LONGEST_LINE = 1024 * 1024

/** For one response. A new one needs a new splitter, or the end of one line would be joined to another. */
export class LineSplitter {
  readonly #stamps = new StampReader()
  readonly #longest: number
  /** The unfinished line, in pieces: joined once, when it ends. */
  #pieces: Buffer[] = []
  #length = 0
  /** Bytes cut off the unfinished line. */
  #excess = 0
  #cut = 0

  constructor(longest = LONGEST_LINE) {
    this.#longest = longest
  }

  split(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(
        this.#pieces.length === 0 ? this.#stamps.read(chunk, start, end) : this.#join(chunk.subarray(start, end))
      )
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
    return lines
  }

  /** The last line of a log that has ended, if it has no newline. */
  flush(): Line | undefined {
    return this.#pieces.length === 0 ? undefined : this.#join(Buffer.alloc(0))
  }

  /** Bytes cut off lines that have ended since the last call. */
  takeCut(): number {
    const cut = this.#cut
    this.#cut = 0
    return cut
  }

  #keep(piece: Buffer): void {
    const room = this.#longest - this.#length
    if (piece.length > room) this.#excess += piece.length - room
    if (room <= 0) return
    const kept = piece.subarray(0, room)
    this.#pieces.push(kept)
    this.#length += kept.length
  }

  #join(last: Buffer): Line {
    this.#keep(last)
    const bytes = Buffer.concat(this.#pieces, this.#length)
    this.#pieces = []
    this.#length = 0
    this.#cut += this.#excess
    this.#excess = 0
    return this.#stamps.read(bytes, 0, bytes.length)
  }
}
