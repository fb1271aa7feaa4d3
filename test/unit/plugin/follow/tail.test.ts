// A container's log is read whatever happens to its connections: every line once, in order.
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FirstLines } from '../../../../plugin/follow/log-query.ts'
import { TailRun, type Step } from './tail-run.ts'

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('write' as const), lines: fc.nat(5), apart: fc.nat(900) }) },
  fc.record({ type: fc.constantFrom('broken' as const, 'ended', 'restart', 'down', 'up', 'status') })
)

/**
 * Between two restarts nothing was written. The empty log in the middle looks like one that is lost, so a warning is right.
 */
function hasSilentContainer(steps: readonly Step[]): boolean {
  const seen = steps.filter((one) => one.type === 'restart' || (one.type === 'write' && one.lines > 0))
  return seen.some((one, index) => one.type === 'restart' && seen[index + 1]?.type === 'restart')
}

const at = (one: Step, turns = 0) => ({ step: one, turns })
const LINE: Step = { type: 'write', lines: 1, apart: 0 }
const RESTART: Step = { type: 'restart' }
const SILENT_BETWEEN = [at(LINE), at(RESTART), at(LINE, 2), at(RESTART), at(RESTART), at(LINE, 1)]

test('no line is lost, none comes twice: broken and clean ends, restarts, late statuses, an API server away', async () => {
  const scripts = fc.array(fc.record({ step, turns: fc.nat(4) }), { maxLength: 30 })
  const unwanteds = fc.constantFrom(0, 3)
  await fc.assert(
    fc.asyncProperty(scripts, fc.integer({ min: 5, max: 200 }), unwanteds, async (script, chunk, unwanted) => {
      const run = new TailRun(chunk, { startedAt: 0, ...(unwanted > 0 && { tailLines: 2 }) })
      run.do({ type: 'write', lines: 5, apart: 7 })
      await run.settle(unwanted)
      for (const { step: one, turns } of script) {
        // Two restarts between two looks lose the first one's log on a real node too.
        if (one.type === 'restart') await run.settle(unwanted)
        run.do(one)
        for (let turn = 0; turn < turns; turn++) await nextTurn()
      }
      await run.finish()
      expect(run.got).toEqual(run.written.slice(unwanted))
      const gaps = run.events.filter(({ type }) => type === 'gap')
      expect(hasSilentContainer(script.map(({ step: one }) => one)) ? [] : gaps).toEqual([])
    }),
    // The first: a container that wrote nothing between two others.
    { numRuns: 300, examples: [[SILENT_BETWEEN, 5, 0]] }
  )
})

test('lines that share a second with the last one had come once', async () => {
  const run = new TailRun(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 5, apart: 1 })
  await run.settle()
  run.do({ type: 'broken' })
  run.do({ type: 'write', lines: 5, apart: 0 })
  await run.settle()
  await run.finish()
  expect(run.got).toEqual(run.written)
})

test('says that lines may be missing where the log was rotated while the API server was away', async () => {
  const run = new TailRun(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  run.do({ type: 'down' })
  await nextTurn()
  run.do({ type: 'write', lines: 3, apart: 10 })
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  run.do({ type: 'up' })
  await run.finish()
  expect(run.got).toEqual([...run.written.slice(0, 3), ...run.written.slice(6)])
  expect(run.events).toContainEqual({ type: 'gap', reason: 'its log was rotated while it was not being read' })
})

test('says nothing of a rotation that a connection outlived', async () => {
  const run = new TailRun(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  run.do({ type: 'broken' })
  await run.finish()
  expect(run.got).toEqual(run.written)
  expect(run.events.filter(({ type }) => type === 'gap')).toEqual([])
})

test('a log that has gone dead after a rotation is asked for anew; one that is only silent is left alone', async () => {
  const run = new TailRun(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  await run.passTime()
  await run.settle()
  const requests = run.kubelet.requests
  run.kubelet.isStuck = true
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  expect(run.got).toHaveLength(3)
  await run.passTime()
  await run.settle()
  expect(run.got).toEqual(run.written)
  // The look, the request anew, and the one for what may lie between.
  expect(run.kubelet.requests - requests).toBe(3)
  await run.finish()
})

test('asks for the last lines only once: what is written while nothing was read yet is not cut', async () => {
  const run = new TailRun(1000, { startedAt: 0, tailLines: 0 })
  await run.settle()
  run.do({ type: 'down' })
  run.do({ type: 'write', lines: 4, apart: 10 })
  run.do({ type: 'up' })
  await run.finish()
  expect(run.got).toEqual(run.written)
})

test.for<{ first: FirstLines; unwanted: number }>([
  { first: { startedAt: 0, tailLines: 3 }, unwanted: 7 },
  { first: { startedAt: 0, sinceTime: '2027-01-15T08:00:01Z' }, unwanted: 6 }
])('a reconnect brings no line that is older than what was asked for: $first', async ({ first, unwanted }) => {
  const run = new TailRun(1000, first)
  run.do({ type: 'write', lines: 10, apart: 150 })
  await run.settle(unwanted)
  for (const type of ['broken', 'ended'] as const) {
    run.do({ type })
    run.do({ type: 'write', lines: 2, apart: 1 })
    await run.settle(unwanted)
  }
  await run.finish()
  expect(run.got).toEqual(run.written.slice(unwanted))
  expect(run.events.filter(({ type }) => type === 'gap')).toEqual([])
})

test('no line is lost where the clock of the node was set back behind the first one', async () => {
  const run = new TailRun(1000, { startedAt: 0, tailLines: 3 })
  run.do({ type: 'write', lines: 1, apart: 1000 })
  run.do({ type: 'write', lines: 4, apart: 100 })
  await run.settle(2)
  run.do({ type: 'broken' })
  await run.settle(2)
  run.do({ type: 'write', lines: 3, apart: -250 })
  await run.settle(2)
  run.do({ type: 'down' })
  await nextTurn()
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.finish()
  expect(run.got).toEqual(run.written.slice(2))
})

test.for(['broken', 'ended'] as const)(
  'says what is lost with a pod while the API server is away (%s)',
  async (end) => {
    const run = new TailRun(1000, { startedAt: 0 })
    run.do({ type: 'write', lines: 3, apart: 10 })
    await run.settle()
    run.do({ type: end })
    run.kubelet.isDown = true
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    run.do(LINE)
    await run.leave()
    expect(run.got).toEqual(run.written.slice(0, 3))
    const reason = 'its pod was deleted before its log was read to the end'
    expect(run.events.filter(({ type }) => type === 'gap')).toEqual([{ type: 'gap', reason }])
  }
)

test('says nothing of a pod that was deleted after its log had ended, nor where that is gone by then', async () => {
  for (const isRemoved of [false, true]) {
    const run = new TailRun(1000, { startedAt: 0 })
    run.do({ type: 'write', lines: 3, apart: 10 })
    await run.settle()
    run.kubelet.stop()
    run.kubelet.isRemoved = isRemoved
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    await run.leave()
    expect(run.got).toEqual(run.written)
    expect(run.events.filter(({ type }) => type === 'gap')).toEqual([])
  }
})

test('half a line is not printed, and comes whole with the next request', async () => {
  const run = new TailRun(40, { startedAt: 0 })
  run.do({ type: 'write', lines: 1, apart: 10 })
  while (run.kubelet.requests === 0) await nextTurn()
  run.do({ type: 'broken' })
  await run.finish()
  expect(run.got).toEqual(run.written)
})
