// Bounds what a JSON body costs to parse, in one pass over its bytes: its depth and its number of parts. A parser allocates an
// object for parts as short as `[],`: 3 MB of brackets take 200 MB of memory. Reads no value.
import { formatCount } from '../../mirror/problem.ts'

/** A VirtualService is about 15 levels deep, and so are its managed fields. */
const DEEPEST = 100
/**
 * Maps, lists, members and elements. A mirrored rule has some forty, and a review holds it twice: so this is 5,000 such rules,
 * the most that are mirrored (bounds.ts). The most expensive parts, maps with a key each of their own, take 62 bytes each: 25 of
 * the 102 MiB of heap that a limit of 256 MiB leaves.
 */
const MOST_PARTS = 400_000

/** Undefined: it may be parsed. The parser checks whether it is JSON. */
export function structureProblem(body: Uint8Array): string | undefined {
  let depth = 0
  let parts = 0
  let inText = false
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    if (inText) {
      if (byte === BACKSLASH) index++
      else if (byte === QUOTE) inText = false
      continue
    }
    switch (byte) {
      case QUOTE:
        inText = true
        break
      case OPENING_BRACKET:
      case OPENING_BRACE:
        parts++
        if (++depth > DEEPEST) return `it is more than ${DEEPEST} levels deep`
        break
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth--
        break
      case COMMA:
      case COLON:
        parts++
    }
    if (parts > MOST_PARTS) return `it has more than ${formatCount(MOST_PARTS)} maps, lists, members and elements`
  }
  return undefined
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
