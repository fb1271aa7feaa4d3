// Times and durations as people write them: RFC 3339 with a zone; 90s, 1h30m, 1.5h, 7d. Knows no clock.

const UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1]
]

const SIZES = new Map(UNITS)

/** A hundred years: a time so far away can still be written as a date. */
const LONGEST = 36_525 * 86_400_000

/** Milliseconds, or undefined for what is no duration. Each number has its unit; `0` alone needs none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)]
  const sum = parts.reduce((all, [, count, unit = '']) => all + Number(count) * (SIZES.get(unit) ?? 0), 0)
  return sum <= LONGEST ? sum : undefined
}

/** `45s`, `1h30m`, `2d4h30m`. `most`: so many units, the largest; what is less is left out. */
export function formatDuration(milliseconds: number, most = UNITS.length): string {
  let rest = Math.max(0, Math.round(milliseconds))
  const counts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return { count, unit }
  })
  const first = counts.findIndex(({ count }) => count > 0)
  const shown = first === -1 ? [] : counts.slice(first, first + most).filter(({ count }) => count > 0)
  return shown.map(({ count, unit }) => `${count}${unit}`).join('') || '0s'
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** Undefined for what is no time. `Date` takes a 30th of February for the 2nd of March. */
export function parseTime(text: string): Date | undefined {
  const [, day] = RFC3339.exec(text) ?? []
  const [time, midnight] = [new Date(text), new Date(`${day}T00:00:00Z`)]
  return !Number.isNaN(time.getTime()) && day && midnight.toISOString().startsWith(day) ? time : undefined
}
