// Sizes that differ only because an application echoes x-forwarded-for, which is longer in a copy. Pure.
import type { RequestRecord } from '../sources/record.ts'
import { isSized, type Sample } from './samples.ts'

/** Size differences that such an echo explains. */
export interface Echo {
  /** By how much most of these copies are longer. */
  readonly bytes: number
  readonly pairs: number
}

export interface SizeDifferences {
  /** For each sized match: by how many bytes the copy is longer; 0 if an echo explains it. */
  readonly differences: readonly number[]
  readonly echo?: Echo
}

/** By how many bytes the copy's x-forwarded-for is longer. NaN: the records do not show it. */
export function addedByForwarding(other: RequestRecord, copy: RequestRecord): number {
  if (other.forwarded === undefined || copy.forwarded === undefined) return Number.NaN
  return copy.forwarded.join(', ').length - other.forwarded.join(', ').length
}

/**
 * A difference is an echo if nearly all matches have it, and it is no larger than the added address. It is the same in each
 * match, or the same but for the length of the address: httpbin's /get answers with the header as `origin`, or without one
 * with the proxy's address. So 10.244.0.7 instead of 127.0.0.6 is one byte more, and 10.244.0.17 two.
 */
export function sizeDifferences(samples: readonly Sample[]): SizeDifferences {
  const sized = samples.filter(isSized)
  const raw = sized.map(({ liveBytes, copyBytes }) => copyBytes - liveBytes)
  const added = sized.map(({ forwardedBytes }) => forwardedBytes)
  const isSmall = raw.map((difference, index) => added[index]! > 0 && Math.abs(difference) <= added[index]!)
  const candidates = [raw, raw.map((difference, index) => difference - added[index]!)].map((values) => {
    const constant = commonest(values.filter((_, index) => isSmall[index] && raw[index] !== 0))
    return values.map((value, index) => isSmall[index]! && value === constant)
  })
  const [explained = []] = candidates.toSorted((one, other) => total(other) - total(one))
  const echoes = raw.filter((difference, index) => explained[index] && difference !== 0)
  if (echoes.length === 0 || total(explained) < NEARLY_ALL * sized.length) return { differences: raw }
  return {
    differences: raw.map((difference, index) => (explained[index] ? 0 : difference)),
    echo: { bytes: commonest(echoes)!, pairs: echoes.length }
  }
}

const NEARLY_ALL = 0.9

function total(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length
}

function commonest(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce<readonly [number | undefined, number]>(
    (most, one) => (one[1] > most[1] ? one : most),
    [undefined, 0]
  )[0]
}
