// Sizes of bodies as people write them (64Ki, 1Mi, 500k), and the expression for lengths above one. Knows no rule.

const UNITS: ReadonlyMap<string, number> = new Map([
  ['Gi', 1024 ** 3],
  ['G', 1000 ** 3],
  ['Mi', 1024 ** 2],
  ['M', 1000 ** 2],
  ['Ki', 1024],
  ['k', 1000],
  ['', 1]
])

/** Bytes, or undefined for what is none: a whole number with a unit of Kubernetes, at most 1 Pi. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,16})(\D*)$/.exec(text) ?? []
  const bytes = Number(digits) * (UNITS.get(unit) ?? Number.NaN)
  return bytes <= LARGEST ? bytes : undefined
}

/** A number holds it exactly. */
const LARGEST = 1024 ** 5

/** In the largest unit without a fraction: `1Mi`. */
export function formatSize(bytes: number): string {
  const [unit, size] = [...UNITS].find(([, one]) => bytes >= one && bytes % one === 0) ?? ['', 1]
  return `${bytes / size}${unit}`
}

/**
 * RE2: the decimal numbers above `most`, and nothing else, with or without leading zeros (RFC 9110 allows them). Of 1048576:
 * those with more digits, or that begin like it and then have a larger digit: `[2-9][0-9]{6}`, `1[1-9][0-9]{5}`, ...
 */
export function lengthsAbove(most: number): string {
  const digits = String(most)
  const longer = `[1-9][0-9]{${digits.length},}`
  const larger = Array.from(digits).flatMap((digit, at) => {
    if (digit === '9') return []
    const next = digit === '8' ? '9' : `[${Number(digit) + 1}-9]`
    return [`${digits.slice(0, at)}${next}${anyDigits(digits.length - at - 1)}`]
  })
  return `0*(${[longer, ...larger].join('|')})`
}

function anyDigits(count: number): string {
  if (count === 0) return ''
  return count === 1 ? '[0-9]' : `[0-9]{${count}}`
}
