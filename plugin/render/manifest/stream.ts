// Bytes to text, and a text to its documents, as kubectl's decoder divides them. Reads no document.
import { ManifestError } from './error.ts'

export interface Chunk {
  /** As typed; begins with its `---` line, if it has one. */
  readonly text: string
  readonly offset: number
  readonly isJson: boolean
}

/** UTF-8, or by their byte order mark UTF-16, as PowerShell writes it. Throws for bytes that are neither. */
export function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  const odd = text.indexOf('\uFFFD')
  // It may have been typed.
  if (odd !== -1 && !isValid(bytes, encoding)) throw new EncodingError(text, odd, `it is not ${encoding.toUpperCase()}`)
  return text
}

/** Has the text, as far as there is one. */
export class EncodingError extends ManifestError {
  readonly text: string

  constructor(text: string, offset: number, message: string) {
    super(offset, message)
    this.text = text
  }
}

function isValid(bytes: Uint8Array, encoding: string): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** A stream that begins with `{` is JSON until something else comes; YAML is divided by lines that begin with `---`. */
export function splitStream(stream: string): Chunk[] {
  const json = stream.trimStart().startsWith('{') ? jsonChunks(stream) : []
  const offset = json.reduce((sum, { text }) => sum + text.length, 0)
  const rest = stream.slice(offset)
  if (json.length > 1 && rest.trim() !== '')
    throw new ManifestError(
      offset,
      'after several JSON objects, kubectl takes nothing but JSON; put "---" between them'
    )
  return [...json, ...yamlChunks(rest, offset)]
}

const MOST_DOCUMENTS = 100_000

function yamlChunks(text: string, offset: number): Chunk[] {
  const separator = /^---[^\S\n]*([^\s#][^\n]*)/m.exec(text)
  if (separator)
    throw new ManifestError(
      offset + separator.index,
      `kubectl takes nothing behind "---" but a comment: ${separator[1]!.trim()}`
    )
  let count = 0
  for (const separators = /^---/gm; separators.exec(text); count++) {
    if (count === MOST_DOCUMENTS)
      throw new ManifestError(offset + separators.lastIndex, `there are more than ${MOST_DOCUMENTS} documents`)
  }
  const chunks: Chunk[] = []
  for (const part of text.split(/^(?=---)/m)) {
    if (part !== '') chunks.push({ text: part, offset, isJson: false })
    offset += part.length
  }
  return chunks
}

/** Objects in a row, each with the blanks before it, as far as they are JSON. */
function jsonChunks(stream: string): Chunk[] {
  const chunks: Chunk[] = []
  for (let offset = 0; ;) {
    const end = endOfObject(stream, offset)
    const text = stream.slice(offset, end)
    if (end === undefined || !isJson(text)) break
    chunks.push({ text, offset, isJson: true })
    offset = end
  }
  return chunks
}

/** Behind the brace that closes the object that begins here, and behind the rest of its line if that is blank. */
function endOfObject(stream: string, start: number): number | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}]/gs
  if (!/\s*\{/y.test(stream.slice(start, start + 4096).trimStart())) return undefined
  token.lastIndex = start
  let depth = 0
  for (let match = token.exec(stream); match !== null; match = token.exec(stream)) {
    if (match[0] === '{') depth++
    else if (match[0] === '}' && --depth === 0) {
      const blank = /[^\S\n]*(?:\n|$)/y
      blank.lastIndex = token.lastIndex
      return blank.test(stream) ? blank.lastIndex : token.lastIndex
    }
  }
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
