// The text of a file in UTF-8 or, as PowerShell writes it, UTF-16, with or without a byte order mark.

export interface DecodedText {
  readonly text: string
  /** The bytes of a changed text, in the file's own encoding. */
  encode(text: string): Uint8Array
}

/** What could be decoded of bytes in neither encoding, and where that ends. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
  readonly text: string
  readonly offset: number

  constructor(text: string, message: string, options: ErrorOptions) {
    super(message, options)
    this.text = text
    this.offset = Math.max(text.indexOf('\uFFFD'), 0)
  }
}

/** Throws an EncodingError. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const mark = MARKS.find(({ start }) => start.every((byte, index) => bytes[index] === byte))
  const { start, encoding } = mark ?? { start: [], encoding: 'utf-8' }
  const text = decode(encoding, bytes)
  return { text, encode: (changed) => Buffer.concat([Uint8Array.from(start), encodeAs(encoding, changed)]) }
}

const MARKS = [
  { start: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { start: [0xff, 0xfe], encoding: 'utf-16le' },
  { start: [0xfe, 0xff], encoding: 'utf-16be' }
]

function decode(encoding: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    const text = new TextDecoder(encoding).decode(bytes)
    throw new EncodingError(text, `it is not text in ${encoding.toUpperCase()}; save the file as UTF-8`, { cause })
  }
}

function encodeAs(encoding: string, text: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text)
  const bytes = Buffer.from(text, 'utf16le')
  return encoding === 'utf-16be' ? bytes.swap16() : bytes
}
