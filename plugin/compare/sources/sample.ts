// `--sample 1/16`: which requests are compared, by their ids alone, so that both versions' records are of the same ones. Pure.
import { UserError } from '../../io/errors.ts'

const LARGEST = 65_536

/** `1/16` -> 16. `onlyPowersOf2`: by the last digits of the id, as a proxy can choose. */
export function parseSample(text: string, { onlyPowersOf2 = false } = {}): number {
  const oneOf = Number(/^1\/(\d{1,6})$/.exec(text.trim())?.[1] ?? Number.NaN)
  const isOffered = Number.isInteger(onlyPowersOf2 ? Math.log2(oneOf) : oneOf)
  if (isOffered && oneOf >= 1 && oneOf <= LARGEST) return oneOf
  const offered = onlyPowersOf2 ? `1/2, 1/4, 1/8, 1/16 ... 1/${LARGEST}` : `1/N, up to 1/${LARGEST}`
  throw new UserError(
    `invalid value ${JSON.stringify(text)} for --sample: write ${offered}${suggestion(text, onlyPowersOf2)} (chosen by ` +
      'request id, so that the same requests of both versions are compared)'
  )
}

/** For `10%` and `0.1`, which others understand. */
function suggestion(text: string, onlyPowersOf2: boolean): string {
  const [, number, sign, divisor] = /^(\d+(?:\.\d+)?) *(?:(%)|\/ *(\d+))?$/.exec(text.trim()) ?? []
  const share = Number(number) / (sign ? 100 : Number(divisor ?? 1))
  if (share === 1) return '; to compare all, leave it out'
  if (!(share > 0 && share < 1)) return ''
  const oneOf = onlyPowersOf2 ? 2 ** Math.round(Math.log2(1 / share)) : Math.round(1 / share)
  return oneOf > 1 && oneOf <= LARGEST ? `; for ${text.trim()} that is 1/${oneOf}` : ''
}

/**
 * Whether a request is one of `oneOf` that are chosen. Not by digits of the id: a caller may number its requests, and the end of
 * some UUIDs names the machine.
 */
export function isChosen(id: string, oneOf: number): boolean {
  return hash(id) % oneOf === 0
}

/** FNV-1a, and the end of murmur3: each bit of the result depends on all of the text. */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
