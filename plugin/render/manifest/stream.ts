// Bytes to text, and a text to its documents, as kubectl's decoder splits them; and the error with a place in it. Parses no YAML.

export interface Chunk {
  /** As in the stream; begins with its `---` line, if it has one. */
  readonly text: string
  readonly offset: number
  readonly isJson: boolean
}

/** Decodes UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it. Throws an EncodingError for other bytes. */
export function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  const odd = text.indexOf('\uFFFD')
  // The text may contain this character itself.
  if (odd !== -1 && !isValid(bytes, encoding))
    throw new EncodingError(text, odd, `this is not ${encoding.toUpperCase()}`)
  return text
}

/** What is wrong with a document, and where. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
  /** Into the document's text. */
  readonly offset: number

  constructor(offset: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.offset = offset
  }
}

/** `text`: what could be decoded. */
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

/** A stream that begins with `{` is JSON as far as it parses; lines that begin with `---` separate YAML documents. */
export function splitStream(stream: string): Chunk[] {
  const json = stream.trimStart().startsWith('{') ? jsonChunks(stream) : []
  const offset = json.reduce((sum, { text }) => sum + text.length, 0)
  const rest = stream.slice(offset)
  if (json.length > 1 && rest.trim() !== '')
    throw new ManifestError(offset, 'after several JSON objects kubectl accepts only JSON; put "---" between them')
  return [...json, ...yamlChunks(rest, offset)]
}

const MOST_DOCUMENTS = 100_000

function yamlChunks(text: string, offset: number): Chunk[] {
  const separator = /^---[^\S\n]*([^\s#][^\n]*)/m.exec(text)
  if (separator)
    throw new ManifestError(
      offset + separator.index,
      `kubectl accepts only a comment behind "---", not ${separator[1]!.trim()}`
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

/** Consecutive JSON objects, each with the whitespace before it. */
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

/** The offset behind the object's closing brace, or behind its line if only blanks follow. */
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
