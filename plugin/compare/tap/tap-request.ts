// The request to Envoy's tap (envoy.admin.v3.TapRequest): what to capture, and how much of the bodies. Pure.
import { UserError } from '../../io/errors.ts'

export interface Capture {
  /** Bytes of a response's body. Of a request's body, at most `MOST_OF_REQUEST`. */
  readonly maxBody: number
  /** Capture one request in so many, the same ones on every version. A power of 2. */
  readonly oneOf: number
  /** Empty: all. */
  readonly methods: readonly string[]
  /** Paths without their query, `*` for anything; empty: all. */
  readonly paths: readonly string[]
}

export function tapRequest(configId: string, { maxBody, ...chosen }: Capture): object {
  const headers = matchers(chosen)
  return {
    config_id: configId,
    tap_config: {
      match_config: headers.length > 0 ? { http_request_headers_match: { headers } } : { any_match: true },
      output_config: {
        // As bytes: in text, Envoy would replace what is not UTF-8.
        sinks: [{ format: 'JSON_BODY_AS_BYTES', streaming_admin: {} }],
        max_buffered_rx_bytes: Math.min(maxBody, MOST_OF_REQUEST),
        max_buffered_tx_bytes: maxBody
      }
    }
  }
}

/** Enough to tell requests apart, and to show one beside a difference. */
const MOST_OF_REQUEST = 16 * 1024

/** The longest JSON object of one trace: bodies in base64, and escaped headers, up to 60 KiB a side (Envoy's limit). */
export function longestTrace(maxBody: number): number {
  return Math.ceil(((maxBody + MOST_OF_REQUEST) * 4) / 3) + 8 * 60 * 1024
}

/** All must hold. */
function matchers({ oneOf, methods, paths }: Omit<Capture, 'maxBody'>): object[] {
  const matcher = (name: string, regex: string): object => ({ name, string_match: { safe_regex: { regex } } })
  return [
    ...(oneOf > 1 ? [matcher('x-request-id', idPattern(oneOf))] : []),
    ...(methods.length > 0 ? [matcher(':method', methods.map(escape).join('|'))] : []),
    ...(paths.length > 0 ? [matcher(':path', `(${paths.map(globPattern).join('|')})([?].*)?`)] : [])
  ]
}

/** By the last hex digits of the id, which are random and which no proxy rewrites: 1/16 is `.*0`, 1/32 `.*[01]0`... */
function idPattern(oneOf: number): string {
  const bits = Math.log2(oneOf)
  const part = ['', '[0-7]', '[0-3]', '[01]'][bits % 4]!
  return `.*${part}${'0'.repeat(Math.floor(bits / 4))}`
}

function globPattern(glob: string): string {
  return glob.split('*').map(escape).join('[^?]*')
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** `64Ki`, `1Mi`, `100000`. */
export function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)(Ki|Mi)?$/.exec(text.trim()) ?? []
  const size = number === '' ? Number.NaN : Number(number) * { '': 1, Ki: 1024, Mi: 1024 * 1024 }[unit]!
  if (size >= 1 && size <= LARGEST_BODY) return size
  throw new UserError(
    `invalid value ${JSON.stringify(text)} for --max-body: write bytes, Ki or Mi, for example 64Ki, up to 8Mi (each ` +
      'sidecar buffers that much of every response)'
  )
}

const LARGEST_BODY = 8 << 20
