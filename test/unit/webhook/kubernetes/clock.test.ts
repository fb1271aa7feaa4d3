// A replica whose own clock is wrong judges by the API server's; one whose clock is right keeps to it.
import { expect, test } from 'vitest'
import { createClock } from '../../../../webhook/kubernetes/clock.ts'

const HOUR = 3_600_000

/** What the API server writes whose clock is so many milliseconds ahead. */
function header(ahead: number): string {
  return new Date(Date.now() + ahead).toUTCString()
}

function observe(...observed: readonly [header: string | undefined, took: number][]) {
  const changes: number[] = []
  const clock = createClock((behind) => changes.push(behind))
  for (const [text, took] of observed) clock.observe(text, Date.now() - took, Date.now())
  return { changes: changes.map((change) => Math.round(change / 10_000) * 10_000), ahead: +clock.now() - Date.now() }
}

test.for([HOUR, -HOUR, 10_000])('the own clock is behind by %s ms', (behind) => {
  const { changes, ahead } = observe([header(behind), 0], [header(behind + 1000), 5], [header(behind - 1000), 100])
  expect(changes, 'said once').toEqual([behind])
  expect(Math.abs(ahead - behind)).toBeLessThan(3000)
})

test('the own clock stays where the two agree, to a second or so', () => {
  expect(observe([header(0), 0], [header(900), 0], [header(-1200), 0])).toEqual({ changes: [], ahead: 0 })
})

test('the own clock is set right', () => {
  const { changes, ahead } = observe([header(HOUR), 0], [header(0), 0])
  expect(changes).toEqual([HOUR, 0])
  expect(ahead).toBe(0)
})

test('a slow response, none or rubbish says nothing', () => {
  const said = observe([header(HOUR), 5000], [undefined, 0], ['rubbish', 0], ['', 0])
  expect(said).toEqual({ changes: [], ahead: 0 })
})
