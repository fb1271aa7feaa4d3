// The flags of `enable` as annotations, and beside what is said of these.
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../../mirror/annotations.ts'
import { edit } from '../../../../mirror/edit.ts'
import { summarise } from '../../../../plugin/status/summary.ts'
import { toAnnotations, withFlags } from '../../../../plugin/enable/flag-annotations.ts'
import type { AnnotationFlags } from '../../../../plugin/enable/flags.ts'

test.for(['20s', '90m', '24h', '7d'])('--for %s ends no later than that, and comes back as it was typed', (lasts) => {
  for (const fraction of [0, 1, 500, 999]) {
    const now = new Date(Date.UTC(2027, 0, 15, 8) + fraction)
    const annotations = toAnnotations({ to: ['v2'], for: lasts }, now)
    const end = Date.parse(annotations[ANNOTATIONS.until] ?? '')
    const asked = { '20s': 20, '90m': 5400, '24h': 86_400, '7d': 604_800 }[lasts] ?? 0
    const left = (end - now.getTime()) / 1000
    expect(left).toBeLessThanOrEqual(asked)
    expect(left).toBeGreaterThan(asked - 1)
    const route = [{ destination: { host: 'httpbin', subset: 'v1' } }]
    const object = { metadata: { name: 'httpbin', namespace: 'shop', annotations }, spec: { http: [{ route }] } }
    expect(summarise(edit(object, now), now, lasts)).toEqual([`(v1 -> v2, 100%, for ${lasts})`])
  }
})

test('a number without a unit is refused', () => {
  expect(() => toAnnotations({ to: ['v2'], for: '10' }, new Date())).toThrow(
    /--for: write a duration.* 10s, 10m or 10h/
  )
})

test('names the flag beside each annotation that admission speaks of', () => {
  const until = 'metadata.annotations["kubectl-mirror.dev/until"]'
  const methods = 'metadata.annotations["kubectl-mirror.dev/methods"]'
  const said = (flags: string[]) =>
    [
      `denied the request: ${until}${flags[0]}: set a time (kubectl mirror enable --for 30m)`,
      `${methods}${flags[1]}: every method would be copied`,
      'spec.http[0]: this rule already mirrors'
    ].join('\n')
  expect(withFlags(said(['', '']))).toBe(said([' (--for 30m)', ' (--method)']))
  expect(withFlags(`${until}: is no time`)).toBe(`${until} (--until): is no time`)
})

const NOW = new Date('2026-01-01T00:00:00.250Z')

test.for<[AnnotationFlags, Readonly<Record<string, string>>]>([
  [{ to: ['v2'] }, { to: 'v2' }],
  [
    { to: ['v2', 'shadow/v3=5'], percent: '10' },
    { to: 'v2,shadow/v3=5', percent: '10' }
  ],
  [
    { to: ['v2'], maxBody: '1Mi' },
    { to: 'v2', 'max-body': '1Mi' }
  ],
  [
    { to: ['v2'], percent: '12.5%' },
    { to: 'v2', percent: '12.5' }
  ],
  [
    { to: ['v2'], from: ['v1', 'v3'], route: ['api', 'page'] },
    { to: 'v2', from: 'v1,v3', routes: 'api,page' }
  ],
  [
    { to: ['v2'], method: ['GET', 'HEAD'] },
    { to: 'v2', methods: 'GET,HEAD' }
  ],
  [
    { to: ['v2'], header: ['a=b,c', 'x~y\\,z'] },
    { to: 'v2', headers: 'a=b\\,c,x~y\\,z' }
  ],
  [
    { to: ['v2'], for: '1h30m' },
    { to: 'v2', until: '2026-01-01T01:30:00Z' }
  ],
  [
    { to: ['v2'], until: '2026-01-01T02:00:00+01:00' },
    { to: 'v2', until: '2026-01-01T02:00:00+01:00' }
  ],
  [{ to: ['v2'], from: [], method: [] }, { to: 'v2' }]
])('%j', ([flags, expected]) => {
  const names = Object.entries(expected).map(([name, value]) => [`kubectl-mirror.dev/${name}`, value])
  expect(toAnnotations(flags, NOW)).toEqual(Object.fromEntries(names))
})

test.for<[AnnotationFlags, RegExp]>([
  [{}, /^required flag\(s\) "to" not set$/],
  [{ to: [] }, /^required flag\(s\) "to" not set$/],
  [{ to: ['v2'], for: '1h', until: '2026-02-01T00:00:00Z' }, /--for and --until cannot be used together/],
  [{ to: ['v2'], for: '999ms' }, /^--for: 999ms is too short; write for example 30m$/],
  [{ to: ['v2'], until: '2026-01-01T00:00:00Z' }, /^--until: 2026-01-01T00:00:00Z is in the past; .*--for 30m$/],
  [{ to: ['v2'], until: 'tomorrow' }, /^--until: "tomorrow"/],
  // Every one of them, each by its flag.
  [{ to: ['v2=0'], percent: '101', method: ['get it'] }, /^--to: "0".*--method: "get it".*--percent: "101"/]
])('%j is refused', ([flags, message]) => {
  expect(() => toAnnotations(flags, NOW)).toThrow(message)
})

test('every mistake is named at once', () => {
  const flags = { to: ['v2'], method: ['get'], percent: '0', for: '1h', until: '2030-01-01T00:00:00Z' }
  expect(() => toAnnotations(flags, new Date())).toThrow(/--for and --until.*; --method: .*; --percent: /)
})
