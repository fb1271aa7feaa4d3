// One line of a container's log as the kubelet sends it, and its timestamp. Knows no stream.

/** Bytes of a chunk, not copied: `content` to `end` is what the application wrote, without its newline. */
export interface Line {
  readonly bytes: Buffer
  readonly start: number
  readonly content: number
  readonly end: number
  /** Since 1970; absent without a timestamp: the kubelet wrote this line, or it is the rest of a long one. */
  readonly seconds?: number
  readonly nanos: number
}

export type StampedLine = Line & { readonly seconds: number }

/** Since 1970. */
export interface Moment {
  readonly seconds: number
  readonly nanos: number
}

export function isStamped(line: Line): line is StampedLine {
  return line.seconds !== undefined
}

/** Earlier first. Lines without a timestamp are never compared: they get that of the line before. */
export function isBefore(one: Moment, other: Moment): boolean {
  return one.seconds === other.seconds ? one.nanos < other.nanos : one.seconds < other.seconds
}

const DOT = 0x2e
const SPACE = 0x20
const T = 0x54
const ZERO = 0x30
/** Of `2026-01-31T18:00:00`. */
const TO_SECONDS = 19
/** Of `2026-01-31T18:00:00.123456789+02:00 `. */
const LONGEST = 36

/** Reads timestamps. Remembers the last second, because parsing a date costs more than all the rest. */
export class StampReader {
  #second: Buffer = Buffer.alloc(0)
  #zone: Buffer = Buffer.alloc(0)
  #seconds = 0

  /** Reads `bytes[start, end)`. The caller must not change them afterwards. */
  read(bytes: Buffer, start: number, end: number): Line {
    const dot = start + TO_SECONDS
    if (end - start <= TO_SECONDS || bytes[start + 10] !== T) return { bytes, start, content: start, end, nanos: 0 }
    let at = dot
    let nanos = 0
    if (bytes[dot] === DOT) {
      let digits = 0
      for (at = dot + 1; at < end; at++) {
        const digit = bytes[at]! - ZERO
        if (digit < 0 || digit > 9 || digits === 9) break
        nanos = nanos * 10 + digit
        digits++
      }
      for (; digits < 9; digits++) nanos *= 10
    }
    let space = at
    const limit = Math.min(end, start + LONGEST)
    while (space < limit && bytes[space] !== SPACE) space++
    const known = same(bytes, start, dot, this.#second) && same(bytes, at, space, this.#zone)
    const seconds = known ? this.#seconds : this.#parse(bytes, start, dot, at, space)
    // The kubelet ends an empty line's timestamp with a space too; a proxy on the way may trim it.
    if (seconds === undefined) return { bytes, start, content: start, end, nanos: 0 }
    return { bytes, start, content: Math.min(space + 1, end), end, seconds, nanos }
  }

  #parse(bytes: Buffer, start: number, dot: number, zone: number, end: number): number | undefined {
    const text = `${bytes.toString('latin1', start, dot)}${bytes.toString('latin1', zone, end)}`
    const milliseconds = Date.parse(text)
    if (Number.isNaN(milliseconds) || !/(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
    this.#second = Buffer.from(bytes.subarray(start, dot))
    this.#zone = Buffer.from(bytes.subarray(zone, end))
    this.#seconds = milliseconds / 1000
    return this.#seconds
  }
}

/** Backwards: the last digits differ first. */
function same(bytes: Buffer, start: number, end: number, known: Buffer): boolean {
  if (end - start !== known.length) return false
  for (let at = known.length - 1; at >= 0; at--) if (bytes[start + at] !== known[at]) return false
  return true
}
