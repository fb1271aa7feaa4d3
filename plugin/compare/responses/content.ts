// Reads a body by its meaning: as a tree, a text, or bytes. Knows one side only.
import type { HttpResponse } from './response.ts'
import { parseJson, parseEvents } from './json.ts'
import { parseMarkup } from './markup.ts'
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

export type Content =
  | { readonly form: 'none' }
  | { readonly form: 'tree'; readonly format: Format; readonly tree: unknown }
  | { readonly form: 'text'; readonly text: string }
  /** `why` it cannot be read, for the report. */
  | { readonly form: 'bytes'; readonly why: string; readonly bytes: Buffer }

type Format = 'JSON' | 'JSON lines' | 'HTML' | 'XML' | 'form' | 'event stream'

/** The body must not have been dropped. */
export function readContent({
  headers,
  body = Buffer.alloc(0),
  truncated
}: Pick<HttpResponse, 'headers' | 'body' | 'truncated'>): Content {
  if (body.length === 0) return { form: 'none' }
  const opaque = (why: string): Content => ({ form: 'bytes', why, bytes: body })
  if (truncated) return opaque('truncated')
  const { type, charset } = parseType(headers.get('content-type') ?? '')
  if (type.startsWith('application/grpc')) return opaque('gRPC')
  const decoded = decode(body, headers.get('content-encoding'))
  if (typeof decoded === 'string') return opaque(decoded)
  const text = readText(decoded, type, charset)
  if (text === undefined) return opaque('binary')
  return readTree(text, type) ?? { form: 'text', text: text.replaceAll('\r\n', '\n') }
}

function parseType(header: string): { type: string; charset: string } {
  const [type = '', ...parameters] = header.toLowerCase().split(';')
  const charset = parameters.map((one) => /^\s*charset="?([^"]+)"?/.exec(one)?.[1]).find(Boolean)
  return { type: type.trim(), charset: charset ?? 'utf-8' }
}

/** Undefined: binary, by its type or by its bytes. */
function readText(bytes: Buffer, type: string, charset: string): string | undefined {
  if (/^(image|audio|video|font)\/(?!svg\+xml)/.test(type) || type.startsWith('multipart/')) return undefined
  try {
    const text = decoderOf(charset).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

/** UTF-8 for unknown charsets: JSON always is (RFC 8259), and other bytes fail to decode. */
function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset, { fatal: true })
  } catch {
    return new TextDecoder('utf-8', { fatal: true })
  }
}

function readTree(text: string, type: string): Content | undefined {
  const tree = (format: Format, value: unknown): Content | undefined =>
    value === undefined ? undefined : { form: 'tree', format, tree: value }
  if (/\b(ndjson|jsonl|json-seq|jsonlines)\b/.test(type)) return tree('JSON lines', parseLines(text))
  if (type === 'text/event-stream') return tree('event stream', parseEvents(text))
  if (type === 'application/x-www-form-urlencoded') return tree('form', parseForm(text))
  if (type === 'text/html' || type === 'application/xhtml+xml') {
    return looksLikeJson(text) ? tree('JSON', parseJson(text)) : tree('HTML', parseMarkup(text, 'HTML'))
  }
  if (/[/+]xml$/.test(type)) return tree('XML', parseMarkup(text, 'XML'))
  // Many servers omit the type, or send JSON as text.
  return /\bjson\b/.test(type) || looksLikeJson(text) ? tree('JSON', parseJson(text)) : undefined
}

function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text)
}

function parseLines(text: string): unknown[] | undefined {
  const lines = text
    .replaceAll(RECORD_SEPARATOR, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const values = lines.map(parseJson)
  return values.includes(undefined) ? undefined : values
}

/** Of application/json-seq (RFC 7464). */
const RECORD_SEPARATOR = '\u001E'

/** A repeated name becomes an array. */
function parseForm(text: string): unknown {
  const fields = new URLSearchParams(text)
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => {
      const values = fields.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    })
  )
}

/** Undoes the content codings; or why it cannot. `encoding`: the content-encoding header, in the order of application. */
function decode(body: Buffer, encoding = ''): Buffer | string {
  let bytes = body
  for (const coding of codingsOf(encoding).toReversed()) {
    const undo = CODINGS[coding]
    if (undo === undefined) return 'in an unknown content-encoding'
    try {
      bytes = undo(bytes)
    } catch (error) {
      const tooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      return tooLong ? `unpacks to more than ${MOST >> 20} MiB` : `is no valid ${coding}`
    }
  }
  return bytes
}

function codingsOf(encoding: string): string[] {
  const names = encoding.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '' && name !== 'identity')
}

/** A small body may unpack to a huge one. */
const MOST = 16 << 20
const BOUND = { maxOutputLength: MOST }

const CODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes, BOUND),
  'x-gzip': (bytes) => gunzipSync(bytes, BOUND),
  br: (bytes) => brotliDecompressSync(bytes, BOUND),
  zstd: (bytes) => zstdDecompressSync(bytes, BOUND),
  // RFC 9110 means zlib's format; some servers send the bare one.
  deflate: (bytes) => ((bytes[0]! & 0x0f) === 8 ? inflateSync(bytes, BOUND) : inflateRawSync(bytes, BOUND))
}
