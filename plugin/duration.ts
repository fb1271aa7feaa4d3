// Durations as Go writes them: `300ms`, `1.5h`, `2h45m`; a bare number counts seconds where kubectl takes one.
import { UserError } from './errors.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds. `flag` is named in the refusal. */
export function parseDuration(text: string, flag: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text) {
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0)
  }
  throw new UserError(`invalid value ${JSON.stringify(text)} for ${flag}: write a duration, for example 30s, 15m or 2h`)
}

/** `45s`, `12m`, `3h20m`, `2d4h`: two units at most, as kubectl's AGE column. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's']
  ] as const
  const first = units.findIndex(([count]) => count > 0)
  const shown = first === -1 ? [] : units.slice(first, first + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count}${unit}`).join('') || '0s'
}
