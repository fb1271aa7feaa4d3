// How often it is said that logs wait.
import { expect, test } from 'vitest'
import { QueueTeller } from '../../../../plugin/follow/queue-teller.ts'

/** A teller whose rests end when that is said. */
function makeTeller() {
  const told: string[] = []
  let rest = Promise.withResolvers<void>()
  const teller = new QueueTeller({
    notify: (notice) => told.push(notice.type === 'queue' ? `${notice.active}/${notice.all}` : notice.type),
    pause: () => rest.promise,
    signal: new AbortController().signal
  })
  const endRest = async () => {
    const over = rest
    rest = Promise.withResolvers()
    over.resolve()
    await over.promise
    await Promise.resolve()
  }
  return { teller, told, endRest }
}

test('nothing is said while no log waits', () => {
  const { teller, told } = makeTeller()
  teller.tell(0, 0)
  teller.tell(3, 3)
  expect(told).toEqual([])
})

test('counts that have changed are said again, but not one for each pod of a rollout', async () => {
  const { teller, told, endRest } = makeTeller()
  teller.tell(50, 60)
  for (let all = 61; all <= 120; all++) teller.tell(50, all)
  expect(told).toEqual(['50/60'])
  await endRest()
  expect(told).toEqual(['50/60', '50/120'])
  await endRest()
  teller.tell(50, 120)
  expect(told).toHaveLength(2)
  teller.tell(40, 40)
  expect(told.at(-1)).toBe('40/40')
})
