// The flags of `logs`: what they mean, and every mistake at once.
import { expect, test } from 'vitest'
import type { LogsFlags } from '../../../../plugin/logs/flags.ts'
import { parseLogsFlags } from '../../../../plugin/logs/logs-options.ts'

const NOW = new Date('2027-01-15T08:00:00Z')
const FLAGS: LogsFlags = {
  tail: '-1',
  follow: true,
  output: 'default',
  maxLogRequests: '50',
  color: 'auto',
  view: 'interleaved'
}

test.for<{ flags: Partial<LogsFlags>; first: object }>([
  { flags: {}, first: {} },
  { flags: { tail: '0' }, first: { tailLines: 0 } },
  { flags: { since: '1h30m' }, first: { sinceSeconds: 5400 } },
  { flags: { sinceTime: '2027-01-15T09:00:00.9+02:00' }, first: { sinceTime: '2027-01-15T07:00:00Z' } }
])('$flags', ({ flags, first }) => {
  expect(parseLogsFlags({ ...FLAGS, ...flags }, NOW, {}).first).toEqual({ startedAt: NOW.getTime(), ...first })
})

test('every mistake is named, with what is allowed', () => {
  const flags: LogsFlags = {
    ...FLAGS,
    container: '(',
    include: ['ok', '['],
    since: 'soon',
    sinceTime: 'yesterday',
    tail: '-2',
    timezone: 'Mars/Base',
    output: 'xml',
    template: '{{.Nope}}',
    maxLogRequests: '0',
    color: 'red',
    view: 'wide'
  }
  expect(() => parseLogsFlags(flags, NOW, {})).toThrow(
    expect.objectContaining({
      messages: expect.arrayContaining(
        [
          '"(" for --container',
          '"[" for --include',
          '"soon" for --since',
          '"yesterday" for --since-time: write RFC 3339',
          '--since and --since-time exclude each other',
          '"-2" for --tail: write a whole number, at least -1',
          '"Mars/Base" for --timezone: write a name such as UTC',
          '--output and --template exclude each other',
          '"{{.Nope}}" for --template',
          '"0" for --max-log-requests: write a whole number, at least 1',
          '"red" for --color: use one of auto, always, never',
          '"wide" for --view: use one of interleaved, split'
        ].map((text) => expect.stringContaining(text))
      )
    })
  )
})

test.for<Partial<LogsFlags>>([{ timestamps: true }, { output: 'json' }, { template: '{{.Timestamp}}' }])(
  '--timezone with %j',
  (flags) => {
    expect(parseLogsFlags({ ...FLAGS, ...flags, timezone: 'Europe/Paris' }, NOW, {}).timeZone).toBe('Europe/Paris')
  }
)

test('flags that make no sense together', () => {
  expect(() => parseLogsFlags({ ...FLAGS, follow: false, tail: '0' }, NOW, {})).toThrow(/--tail=0 with --no-follow/)
  expect(() => parseLogsFlags({ ...FLAGS, view: 'split', output: 'json' }, NOW, {})).toThrow(
    /--view=split has its own layout/
  )
  expect(() => parseLogsFlags({ ...FLAGS, timezone: 'UTC' }, NOW, {})).toThrow(
    /--timezone has no effect without --timestamps/
  )
  expect(() => parseLogsFlags({ ...FLAGS, highlight: ['x'], output: 'json' }, NOW, {})).toThrow(
    /--highlight has no effect with --output=json/
  )
})

test.for<[string | undefined, string]>([
  [undefined, new Intl.DateTimeFormat('en').resolvedOptions().timeZone],
  ['', 'UTC'],
  [':UTC', 'UTC'],
  ['Europe/Paris', 'Europe/Paris'],
  [':Europe/Paris', 'Europe/Paris'],
  ['/usr/share/zoneinfo/Europe/Paris', 'Europe/Paris'],
  [':/usr/share/zoneinfo/Europe/Paris', 'Europe/Paris'],
  [':/usr/share/zoneinfo/posix/Asia/Tokyo', 'Asia/Tokyo'],
  ['EST5EDT', 'America/New_York'],
  ['EST5', '-05:00'],
  ['JST-9', '+09:00'],
  ['<+0330>-3:30', '+03:30']
])('--timezone=Local with TZ=%s is %s', ([tz, zone]) => {
  const flags = { ...FLAGS, timestamps: true, timezone: 'Local' }
  expect(parseLogsFlags(flags, NOW, tz === undefined ? {} : { TZ: tz }).timeZone).toBe(zone)
})

test.for(['CET-1CEST,M3.5.0,M10.5.0/3', ':/no/such/file', 'Nope/Zone', 'Europe/Paris '])(
  '--timezone=Local with TZ=%s, which Node would take for UTC, is refused',
  (tz) => {
    const flags = { ...FLAGS, timestamps: true, timezone: 'Local' }
    expect(() => parseLogsFlags(flags, NOW, { TZ: tz })).toThrow(/TZ=.* is no zone that has a name; write one/)
  }
)
