// A text to its documents, as kubectl's decoder splits them; and the error with a place in it. Parses no YAML.

export interface Chunk {
  /** As in the stream; begins with its `---` line, if it has one. */
  readonly text: string
  readonly offset: number
  readonly isJson: boolean
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
  const control = CONTROL.exec(text)
  if (control)
    throw new ManifestError(
      offset + control.index,
      `${codeOf(control[0])} is here, which kubectl refuses; remove it, or save the file as UTF-8 if it is in another encoding`
    )
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
    refuseDirective(part, offset)
    if (part !== '') chunks.push({ text: part, offset, isJson: false })
    offset += part.length
  }
  return chunks
}

/** Control characters, but for tabs and line breaks, and what Unicode calls noncharacters. */
const CONTROL = /(?![\t\n\r\u0085])[\p{Cc}\uFFFE\uFFFF]/u

/** `U+FEFF` */
export function codeOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** The "---" behind it would belong to it, but kubectl splits there. */
function refuseDirective(chunk: string, offset: number): void {
  const first = /^(?!---)[^\S\n]*([^\s#])/m.exec(chunk)
  if (first?.[1] !== '%') return
  const [directive] = /.*/.exec(chunk.slice(first.index).trimStart())!
  throw new ManifestError(offset + first.index, `kubectl accepts no directive such as ${directive}; remove this line`)
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
