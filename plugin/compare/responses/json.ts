// JSON and event streams as trees that keep what a comparison needs: numbers as they were written. Bounded in depth.
import { readNumber } from './exact-number.ts'
import { isDeeperThan } from './tree.ts'

/** Undefined: not JSON, or too deep. */
export function parseJson(text: string): unknown {
  try {
    // The reviver costs several times the parsing, so only texts that need it get it.
    const value: unknown = INEXACT.test(text) ? JSON.parse(text, keepNumbers) : JSON.parse(text)
    return isDeeperThan(DEEPEST, value) ? undefined : value
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** A double holds any number of 15 digits, up to a power of 300 or so. */
const INEXACT = /\d[\d.]{15}|\d[eE][+-]?\d{3}/
const DEEPEST = 100

/** The third parameter is ES2026's, and in every Node that we run on; TypeScript doesn't know it yet. */
function keepNumbers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && source !== undefined ? readNumber(value, source) : value
}

interface Event {
  event?: string
  id?: string
  data?: unknown
}

/** Lines end as the standard says: U+2028 and its like are text. Comments are keep-alives, and ignored. An event cut off by the end of the stream is kept. */
export function parseEvents(text: string): Event[] {
  const blocks = text.replace(/^\uFEFF/, '').split(/(?:\r\n|\r|\n){2,}/)
  return blocks.map(parseEvent).filter((event) => Object.keys(event).length > 0)
}

function parseEvent(block: string): Event {
  const event: Event = {}
  const data: string[] = []
  for (const line of block.split(/\r\n|\r|\n/)) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'data') data.push(value)
    else if (name === 'event' || name === 'id') event[name] = value
  }
  if (data.length > 0) event.data = parseJson(data.join('\n')) ?? data.join('\n')
  return event
}
