// Numbers of JSON as they were written, where a double would round them: prices, ids. Knows no tree.

/** Equal numbers have one canonical text, however they are written: 1, 1.0, 10e-1. */
export class ExactNumber {
  readonly source: string
  readonly canonical: string

  constructor(source: string) {
    this.source = source
    this.canonical = canonicalNumber(source)
  }

  toString(): string {
    return this.source
  }

  /** As written, and unlike any string. */
  toJSON(): unknown {
    return rawJson(this.source)
  }
}

/** ES2026's, and in every Node that we run on; TypeScript doesn't know it yet. */
const rawJson = (JSON as unknown as { rawJSON(source: string): unknown }).rawJSON

/** Of a number of JSON: itself if a double holds it exactly as it was written. */
export function readNumber(value: number, source: string): number | ExactNumber {
  const exact = new ExactNumber(source)
  return Number.isFinite(value) && canonicalNumber(String(value)) === exact.canonical ? value : exact
}

/** `-12.50e3` -> `-125e2`: digits without zeros at either end, and a power of ten. Nothing is written out, however large. */
export function canonicalNumber(source: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = NUMBER.exec(source) ?? []
  const digits = whole + fraction
  let [start, end] = [0, digits.length]
  while (digits[start] === '0') start++
  while (end > start && digits[end - 1] === '0') end--
  if (start === end) return '0'
  const exponent = Number(power) - fraction.length + (digits.length - end)
  // Differently written numbers of this size are never meant to be equal.
  return Number.isSafeInteger(exponent) ? `${sign}${digits.slice(start, end)}e${exponent}` : source
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/
