// Durations as people write them: 90s, 10m, 24h, 7d. Knows no clock.

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

/** Milliseconds, or undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS] // as the expression says
}

/** In the largest unit that divides it. */
export function formatDuration(milliseconds: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, one]) => milliseconds % one === 0) ?? ['ms', 1]
  return `${milliseconds / size}${unit}`
}
