// How figures of a run are said, in the table and in the report alike. Pure.
import type { Subject } from './summary.ts'
import type { Quantiles, Verdict } from './verdict.ts'

const NUMBER = new Intl.NumberFormat('en-US')

export function count(value: number): string {
  return NUMBER.format(value)
}

/** `2.1 %`, `0.03 %`, `100 %`: never 100 or 0 for what is not quite. */
export function percent(share: number): string {
  const value = 100 * share
  if (value === 0 || value === 100) return `${value} %`
  const digits = value < 0.1 || value > 99.9 ? 3 : value < 1 || value > 99 ? 2 : 1
  const text = value.toFixed(digits)
  if (Number(text) === 100) return '>99.999 %'
  return Number(text) === 0 ? '<0.001 %' : `${text} %`
}

/** `+3`, `-0.5`, `0`. */
export function signed(value: number): string {
  const rounded = Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0))
  return rounded > 0 ? `+${NUMBER.format(rounded)}` : NUMBER.format(rounded || 0)
}

export function quantity(value: number): string {
  return NUMBER.format(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)))
}

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

/** Of the copies that the rules ask for, how many came; `?` where nobody can tell which they ask for. */
export function arrivals({ arrived, expected, unknown }: Pick<Verdict, 'arrived' | 'expected' | 'unknown'>): string {
  if (expected > 0) return percent(Math.min(1, arrived / expected))
  return unknown > 0 ? '?' : 'none due'
}

/** `httpbin: v1 live, v2 mirror of 30 %`. */
export function title({ name, live, mirror, percent: share }: Subject): string {
  return `${name}: ${live.join('+')} live, ${mirror} mirror of ${Number(share.toFixed(4))} %`
}

/** What is to be added to "beyond noise" where some finding had nothing to be tested against. */
export function untested(endpoints: readonly Verdict[]): string {
  const isTested = endpoints.every(({ findings }) => findings.every(({ p }) => p !== undefined))
  return isTested ? '' : ', or with no baseline to tell'
}
