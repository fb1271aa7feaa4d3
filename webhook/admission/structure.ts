// One pass over the bytes of a review, before it is parsed: bounds what parsing costs, by its depth and its number of parts, and
// finds the old object, of which little is read (old-object.ts). A parser allocates an object for parts as short as `[],`: 3 MB of
// brackets take 200 MB of memory. Reads no value; the parser checks whether it is JSON.
import { formatCount } from '../../mirror/problem.ts'

/** A VirtualService is about 15 levels deep, and so are its managed fields. */
const DEEPEST = 100
/**
 * Maps, lists, members and elements. A mirrored rule has some forty, and a review holds it twice: so this is 5,000 such rules,
 * the most that are mirrored (bounds.ts). The most expensive parts, maps with a key each of their own, take 62 bytes each: 25 of
 * the 102 MiB of heap that a limit of 256 MiB leaves.
 */
const MOST_PARTS = 400_000

/** Bytes from the first up to, not including, the last. */
export type Span = readonly [from: number, to: number]

export interface Structure {
  /** Of the last one, if there are several, as the parser reads it. */
  readonly oldObject: Span | undefined
  /** Of the old object. */
  readonly annotations: Span | undefined
}

/** Or why it must not be parsed. */
export function readStructure(body: Buffer): Structure | string {
  const path = createPath(body)
  let depth = 0
  let parts = 0
  /** The last text. */
  let [from, to] = [0, 0]
  for (let index = 0; index < body.length; index++) {
    switch (body[index]) {
      case QUOTE:
        from = index + 1
        to = endOfText(body, from)
        index = to
        break
      case OPENING_BRACKET:
      case OPENING_BRACE:
        parts++
        if (++depth > DEEPEST) return `it is more than ${DEEPEST} levels deep`
        break
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        path.end(depth--, index)
        break
      case COMMA:
        parts++
        path.end(depth, index)
        break
      case COLON:
        parts++
        path.begin(depth, [from, to], index + 1)
    }
    if (parts > MOST_PARTS) return `it has more than ${formatCount(MOST_PARTS)} maps, lists, members and elements`
  }
  return { oldObject: path.spanOf('oldObject'), annotations: path.spanOf('annotations') }
}

const PATH = ['request', 'oldObject', 'metadata', 'annotations'] as const

/** Finds each value on the path that stands in the one before it. */
function createPath(body: Buffer) {
  const begins: number[] = []
  const ends: number[] = []
  /** So many of the values have begun and not ended. */
  let inside = 0
  return {
    /** A member of a map at this depth, its name, and where its value begins. */
    begin(depth: number, [from, to]: Span, value: number) {
      const name = PATH[inside]
      if (depth !== inside + 1 || to - from !== name?.length || body.toString('latin1', from, to) !== name) return
      begins.length = ends.length = inside // an earlier value under the same name does not count
      begins[inside++] = value
    },
    /** A member or an element at this depth ends. */
    end(depth: number, index: number) {
      if (depth === inside && inside > 0) ends[--inside] = index
    },
    spanOf(name: (typeof PATH)[number]): Span | undefined {
      const level = PATH.indexOf(name)
      const [begin, end] = [begins[level], ends[level]]
      return begin === undefined || end === undefined ? undefined : [begin, end]
    }
  }
}

/** The place of the closing quote, or the end of the body. */
function endOfText(body: Buffer, from: number): number {
  for (let index = from; index < body.length; index++) {
    const byte = body[index]
    if (byte === QUOTE) return index
    if (byte === BACKSLASH) index++
  }
  return body.length
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
