// JSON as a tree that keeps what a comparison needs: integers as they were written. Bounded in depth.
import { BigNumber, isDeeperThan } from './tree.ts'

/** Undefined: not JSON, or too deep to be compared. */
export function parseJson(text: string): unknown {
  try {
    // The reviver costs several times what parsing does, so only texts that need it get it.
    const value: unknown = LONG_INTEGER.test(text) ? JSON.parse(text, keepLongIntegers) : JSON.parse(text)
    return isDeeperThan(DEEPEST, value) ? undefined : value
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

const LONG_INTEGER = /\d{16}/
const DEEPEST = 100

/** The third parameter is ES2026's, and in every Node that we run on; TypeScript doesn't know it yet. */
function keepLongIntegers(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { readonly source?: string }
): unknown {
  const source = context?.source
  return typeof value === 'number' && !Number.isSafeInteger(value) && source && /^-?\d+$/.test(source)
    ? new BigNumber(source)
    : value
}
