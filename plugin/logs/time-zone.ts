// Time zones: the name of this machine's, and the kubelet's timestamps in any, to the nanosecond, as RFC 3339.
import type { StampedLine } from '../follow/line.ts'
import { realpathSync } from 'node:fs'

/** As RFC 3339. Formats the date once a second: lines of one second share all but the fraction. */
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

/**
 * A name that Intl knows. Undefined for a zone without one, such as the rule `CET-1CEST,M3.5.0,M10.5.0/3`, which Node would
 * read as UTC. `tz`: the value of TZ, if it is set.
 */
export function localZone(tz: string | undefined): string | undefined {
  if (tz === undefined) return knownZone(undefined)
  const name = tz.replace(/^:/, '')
  if (name === '') return 'UTC'
  return name.startsWith('/') ? zoneOfFile(name) : (knownZone(name) ?? fixedOffset(name))
}

export function knownZone(name: string | undefined): string | undefined {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return timeZone === 'Etc/Unknown' ? undefined : timeZone
  } catch {
    return undefined
  }
}

/** `/usr/share/zoneinfo/Europe/Paris`, or a link to it. */
function zoneOfFile(file: string): string | undefined {
  const names = [file, realPath(file)].map((path) => /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(path)?.[1])
  return names.map((name) => name && knownZone(name)).find(Boolean)
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/** `EST5`, `JST-9`, `<+0330>-3:30`: POSIX counts westwards. */
function fixedOffset(rule: string): string | undefined {
  const [, sign, hours = '', minutes = '00'] = /^(?:[a-z]{3,}|<[\w+-]+>)([+-]?)(\d{1,2})(?::(\d\d))?$/i.exec(rule) ?? []
  if (sign === undefined) return undefined
  return knownZone(`${sign === '-' ? '+' : '-'}${hours.padStart(2, '0')}:${minutes}`)
}
