// Writes the kubelet's timestamps in another time zone, to the nanosecond, as RFC 3339.
import type { StampedLine } from '../follow/line.ts'

/** Formats the date once a second: lines of one second share all but the fraction. */
export function makeTimeFormat(timeZone: string): (line: StampedLine) => string {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset'
  })
  let known: number | undefined
  let before = ''
  let after = ''
  return ({ seconds, nanos }) => {
    if (seconds !== known) {
      known = seconds
      const parts = Object.fromEntries(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]))
      const { year = '', month, day, hour, minute, second, timeZoneName = '' } = parts
      before = `${year.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}.`
      const offset = timeZoneName.slice('GMT'.length)
      after = offset === '' || offset === '+00:00' ? 'Z' : offset
    }
    return `${before}${String(nanos).padStart(9, '0')}${after}`
  }
}
