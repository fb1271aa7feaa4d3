// What a plain YAML scalar means to kubectl. kubectl reads YAML by sigs.k8s.io/yaml, which uses go-yaml v2: YAML 1.1 without dates
// and base 60, with Go's numbers. Follows resolve.go and decode.go of go.yaml.in/yaml/v2 v2.4.
import type { RawJson } from '../../mirror/shape.ts'

export type Scalar = string | number | boolean | null | RawJson

/** The value of a plain scalar. */
export function resolve(text: string): Scalar {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (text.startsWith('.')) return DOT_FLOAT.test(text) ? (double(text.replaceAll('_', '')) ?? text) : text
  if (!/^[-+\d]/.test(text)) return text
  const digits = text.replaceAll('_', '')
  return integer(digits) ?? (FLOAT.test(digits) ? double(digits) : undefined) ?? text
}

const WORDS: ReadonlyMap<string, boolean | number | null> = new Map<string, boolean | number | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const)
])

const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/
/** Passed to Go's ParseFloat unchanged, which accepts underscores between digits. */
const DOT_FLOAT = /^\.\d+(_\d+)*([eE][-+]?\d+(_\d+)*)?$/

/** At most the digits of 64 bits: BigInt is slow for a million. */
const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]{1,16})|0[bB]([01]{1,64})|0[oO]?([0-7]{1,22})|(0|[1-9]\d{0,19}))$/

/** Go's ParseInt and ParseUint with base 0: `0x1F`, `0o17`, `017`, `0b1`. */
export function integer(digits: string): number | RawJson | undefined {
  const groups = INTEGER.exec(digits.replace(/^([-+]?0[xXbBoO]?)0+(?=.)/, '$1'))
  if (!groups) return undefined
  const [, sign = '', hex, binary, octal, decimal = ''] = groups
  const size = hex ? BigInt(`0x${hex}`) : binary ? BigInt(`0b${binary}`) : BigInt(octal ? `0o${octal}` : decimal)
  const value = sign === '-' ? -size : size
  if (value < -(2n ** 63n) || value >= 2n ** (sign === '' ? 64n : 63n)) return undefined
  // Beyond int64, JSON gives a double.
  return BigInt.asIntN(64, value) !== value || isSafe(value) ? Number(value) : JSON.rawJSON(String(value))
}

function isSafe(value: bigint): boolean {
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
}

/** Undefined beyond the largest double, where Go returns an error. */
function double(text: string): number | undefined {
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
