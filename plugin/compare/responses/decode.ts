// Undoes the content codings of a body. Bounded: a small body may unpack to a huge one.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

export type Decoded = { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly why: string }

/** `encoding`: the content-encoding header, in the order of application. */
export function decode(body: Buffer, encoding = ''): Decoded {
  let bytes = body
  for (const coding of codingsOf(encoding).toReversed()) {
    const undo = CODINGS[coding]
    if (undo === undefined) return { ok: false, why: 'in an unknown content-encoding' }
    try {
      bytes = undo(bytes)
    } catch (error) {
      const tooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      return { ok: false, why: tooLong ? `unpacks to more than ${MOST >> 20} MiB` : `is no valid ${coding}` }
    }
  }
  return { ok: true, bytes }
}

function codingsOf(encoding: string): string[] {
  const names = encoding.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '' && name !== 'identity')
}

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
