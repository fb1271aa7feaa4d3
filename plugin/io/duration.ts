// Durations in the plugin's flags, and ages in its tables. The grammar is mirror/'s.
import { formatDuration, parseDuration } from '../../mirror/time.ts'
import { UserError } from './errors.ts'

/** Milliseconds. `flag` is named in the refusal. */
export function readDuration(text: string, flag: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  const advice = /^\d+$/.test(text) ? `${text}s, ${text}m or ${text}h` : '30s, 15m or 1h30m'
  throw new UserError(`invalid value ${JSON.stringify(text)} for ${flag}: write a duration, for example ${advice}`)
}

/** `45s`, `12m`, `3h20m`, `2d4h`: two units at most, as kubectl's AGE column. */
export function formatAge(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000, 2)
}
