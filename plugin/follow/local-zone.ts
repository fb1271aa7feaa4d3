// The name of this machine's time zone, from TZ as the C library reads it, else from the system.
import { realpathSync } from 'node:fs'

/**
 * A name that Intl knows. Undefined for a zone without one, such as the rule `CET-1CEST,M3.5.0,M10.5.0/3`, which Node would
 * read as UTC. `tz`: the value of TZ, if it is set.
 */
export function localZone(tz: string | undefined): string | undefined {
  if (tz === undefined) return known(undefined)
  const name = tz.replace(/^:/, '')
  if (name === '') return 'UTC'
  return name.startsWith('/') ? zoneOfFile(name) : (known(name) ?? fixedOffset(name))
}

function known(name: string | undefined): string | undefined {
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
  return names.map((name) => name && known(name)).find(Boolean)
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
  return known(`${sign === '-' ? '+' : '-'}${hours.padStart(2, '0')}:${minutes}`)
}
