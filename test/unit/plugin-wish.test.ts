// The flags of `enable` as annotations, as far as they hang on the clock.
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { edit } from '../../mirror/edit.ts'
import { summarise } from '../../plugin/summary.ts'
import { toAnnotations } from '../../plugin/wish.ts'

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
