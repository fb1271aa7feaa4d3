// How often waiting logs are reported.
import { expect, test } from 'vitest'
import { QueueReporter } from '../../../../plugin/follow/turns.ts'

/** A reporter whose rests end on demand. */
function makeReporter() {
  const reported: string[] = []
  let rest = Promise.withResolvers<void>()
  const reporter = new QueueReporter({
    notify: (notice) => reported.push(notice.type === 'queue' ? `${notice.active}/${notice.all}` : notice.type),
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
  return { reporter, reported, endRest }
}

test('nothing is reported while no log waits', () => {
  const { reporter, reported } = makeReporter()
  reporter.report(0, 0)
  reporter.report(3, 3)
  expect(reported).toEqual([])
})

test('changed counts are reported again, but not one for each pod of a rollout', async () => {
  const { reporter, reported, endRest } = makeReporter()
  reporter.report(50, 60)
  for (let all = 61; all <= 120; all++) reporter.report(50, all)
  expect(reported).toEqual(['50/60'])
  await endRest()
  expect(reported).toEqual(['50/60', '50/120'])
  await endRest()
  reporter.report(50, 120)
  expect(reported).toHaveLength(2)
  reporter.report(40, 40)
  expect(reported.at(-1)).toBe('40/40')
})
