// The words for figures that the table and the report share. Pure.
import { count, percent, quantity, signed } from '../../io/format.ts'
import type { Subject } from '../statistics/summary.ts'
import type { Quantiles, Verdict } from '../statistics/verdict.ts'

/** The values of both versions and their difference: `12→53 +41`. */
export function change(live: Quantiles, copy: Quantiles, name: keyof Quantiles): string {
  return `${quantity(live[name])}→${quantity(copy[name])} ${signed(copy[name] - live[name])}`
}

/** `500 instead of 200: 29`; the commonest first. */
export function statusChanges({ statuses }: Pick<Verdict, 'statuses'>): string[] {
  return statuses
    .filter(({ live, copy }) => live !== copy)
    .map(({ live, copy, count: times }) => `${statusName(live)}→${statusName(copy)} ${count(times)}`)
}

export function statusName(status: number): string {
  return status === 0 ? 'none' : String(status)
}

type Arrivals = Pick<Verdict, 'requests' | 'known' | 'arrived' | 'expected' | 'unknown'>

/** The share of expected copies that arrived; `?` if it is not known which the rules ask for, or whether one would be missed. */
export function arrivals({ requests, known, arrived, expected, unknown }: Arrivals): string {
  if (expected > 0) return percent(Math.min(1, arrived / expected))
  return unknown > 0 || (known === 0 && requests > 0) ? '?' : 'none due'
}

/** `httpbin: v1 live, v2 mirror of 30 %, 1 of 16 requests`. */
export function title({ name, live, mirror, percent: share, source: { sample } }: Subject): string {
  const chosen = sample === undefined ? '' : `, ${fraction(sample)} requests`
  return `${name}: ${live.join('+')} live, ${mirror} mirror of ${Number(share.toFixed(4))} %${chosen}`
}

/** `1 of 16` */
export function fraction(oneOf: number): string {
  return `1 of ${count(oneOf)}`
}

/** Added to "beyond noise" if some finding had no baseline to be tested against. */
export function untested(endpoints: readonly Verdict[]): string {
  const isTested = endpoints.every(({ findings }) => findings.every(({ p }) => p !== undefined))
  return isTested ? '' : ', or with no baseline to tell'
}
