// Splits lines of a text format that have one reading, or none, in one pass. Knows no meaning of a field.
//
// Nearly all lines do, and to look for every reading takes ten times as long. Three facts leave one way to read a line:
//
// - Most values hold no blank, or no quote, and such a character follows them. So where one begins, it also ends.
// - Values that clients choose may hold anything, and stand together (x-forwarded-for, user agent). Nothing after them holds a
//   quote, so the quotes of the line's end can be counted back to where they end.
// - Between them is the same text (`" "`). If it is there no more often than the format has it, it separates them.
import type { Operator } from './operators.ts'

export interface Part extends Operator {
  /** The text after it, which for the last one reaches the end of the line. */
  readonly after: string
}

/**
 * Where each part's value begins (at 2n) and ends (at 2n + 1) in a line that has one reading; false: it has none; undefined: it may
 * have several. The result is valid until the next call.
 */
export type Split = (line: string, from: number) => Int32Array | false | undefined

/** Undefined: lines of this format have to be searched. */
export function splitterOf(parts: readonly Part[]): Split | undefined {
  const closed = parts.map((part, index) => (index === parts.length - 1 ? part.bad !== undefined : isClosed(part)))
  const first = closed.indexOf(false)
  const last = closed.lastIndexOf(false)
  const tests = parts.map(({ bad }) => bad && testOf(bad))
  const places = new Int32Array(2 * parts.length)
  const split = (line: string, from: number, to: number, start: number) =>
    splitClosed({ parts, tests, places }, line, from, to, start)
  if (first === -1 || first === parts.length - 1) {
    return (line, from) => split(line, 0, parts.length, from) >= 0 && places
  }
  const counted = countable(parts, first, last)
  if (counted === undefined) return undefined
  const { quote, quotes, between } = counted
  return (line, from) => {
    const start = split(line, 0, first, from)
    if (start < 0) return false
    const close = nthFromEnd(line, quote, quotes)
    const end = close + 1 - parts[last]!.after.length
    if (end < start || !line.startsWith(parts[last]!.after, end)) return false
    if (split(line, last + 1, parts.length, close + 1) < 0) return false
    return splitOpen(line, { places, first, last, between }, start, end)
  }
}

/** Whether its value ends where it must: the text after it begins with a character that it cannot hold. */
function isClosed({ bad, after }: Part): boolean {
  return bad !== undefined && after !== '' && testOf(bad)(after.charCodeAt(0))
}

/** Undefined: where the open parts end cannot be counted, or what is between them differs. */
function countable(parts: readonly Part[], first: number, last: number) {
  const rest = parts.slice(last + 1)
  const quote = parts[last]!.after.at(-1)
  const between = parts[first]!.after
  if (rest.length === 0 || quote === undefined || between === '') return undefined
  if (rest.some(({ bad }) => bad === undefined || !testOf(bad)(quote.charCodeAt(0)))) return undefined
  // A closed part among the open ones may be followed by another text.
  if (parts.slice(first, last).some(({ bad, after }) => bad !== undefined || after !== between)) return undefined
  const quotes = rest.reduce((sum, { after }) => sum + after.split(quote).length - 1, 1)
  return { quote, quotes, between }
}

interface Places {
  readonly parts: readonly Part[]
  readonly tests: readonly (Test | undefined)[]
  readonly places: Int32Array
}

/** Parts of which each but the line's last is closed. Where the next one begins; -1: there is no reading. */
function splitClosed(
  { parts, tests, places }: Places,
  line: string,
  first: number,
  end: number,
  start: number
): number {
  let at = start
  for (let index = first; index < end; index++) {
    const { after } = parts[index]!
    const isBad = tests[index]
    const isLast = index === parts.length - 1
    const limit = isLast ? line.length - after.length : line.length
    places[2 * index] = at
    if (isBad === undefined) at = Math.max(at, limit)
    else while (at < limit && !isBad(line.charCodeAt(at))) at++
    places[2 * index + 1] = at
    if (at > line.length || (isLast && at !== limit) || !line.startsWith(after, at)) return -1
    at += after.length
  }
  return at
}

interface Open {
  readonly places: Int32Array
  readonly first: number
  readonly last: number
  readonly between: string
}

function splitOpen(line: string, { places, first, last, between }: Open, from: number, end: number) {
  let start = from
  for (let index = first; index < last; index++) {
    const found = line.indexOf(between, start)
    if (found === -1 || found + between.length > end) return false
    places[2 * index] = start
    places[2 * index + 1] = found
    // A further one that begins within it is another reading.
    if (index === last - 1 && isWithin(line, between, found + 1, end)) return undefined
    if (index < last - 1 && isWithin(line, between, found + 1, found + 2 * between.length - 1)) return undefined
    start = found + between.length
  }
  places[2 * last] = start
  places[2 * last + 1] = end
  return places
}

function isWithin(line: string, text: string, from: number, end: number): boolean {
  const found = line.indexOf(text, from)
  return found !== -1 && found + text.length <= end
}

function nthFromEnd(line: string, character: string, nth: number): number {
  const code = character.charCodeAt(0)
  let left = nth
  for (let at = line.length - 1; at >= 0; at--) if (line.charCodeAt(at) === code && --left === 0) return at
  return -1
}

type Test = (code: number) => boolean

const KNOWN = 256
const tables = new Map<string, Test>()

/** `bad`, for single characters: a regular expression for each costs too much. */
function testOf(bad: RegExp): Test {
  const known = tables.get(bad.source)
  if (known) return known
  const one = new RegExp(bad.source)
  const table = Uint8Array.from({ length: KNOWN }, (_, code) => Number(one.test(String.fromCharCode(code))))
  const test: Test = (code) => (code < KNOWN ? table[code] === 1 : one.test(String.fromCharCode(code)))
  tables.set(bad.source, test)
  return test
}
