// The flags of `enable` as annotations, and beside what is said of these.
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { edit } from '../../mirror/edit.ts'
import { summarise } from '../../plugin/summary.ts'
import { toAnnotations, withFlags } from '../../plugin/wish.ts'

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
  expect(withFlags(said(['', '']))).toBe(said([' (--for 30m)', ' (--method GET)']))
  expect(withFlags(`${until}: is no time`)).toBe(`${until} (--for 1h): is no time`)
})
