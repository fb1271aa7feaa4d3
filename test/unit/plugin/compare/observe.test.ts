import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { observe, type View } from '../../../../plugin/compare/observe.ts'
import { PairById } from '../../../../plugin/compare/pairing/pair.ts'
import type { RecordSource } from '../../../../plugin/compare/sources/record.ts'
import { Screen } from '../../../../plugin/compare/report/screen.ts'
import { Roles } from '../../../../plugin/compare/pairing/role.ts'
import { Run, type Counted } from '../../../../plugin/compare/statistics/run.ts'
import { makeView } from '../../../../plugin/compare/views.ts'
import type { Io } from '../../../../plugin/io/io.ts'
import { copy, liveRecord } from './build.ts'

function makeRun(): Run {
  return new Run(new PairById(new Roles(false)), () => 1, {
    opened: Date.now() - 60_000,
    backlog: false,
    follow: true
  })
}

function sourceOf(read: RecordSource['read']): RecordSource {
  return { name: 'taps', approximate: false, blindTo: '', read }
}

test('what was found before the source failed is counted and shown, and the failure is told', async () => {
  const shown: Counted[] = []
  const view: View = { show: (counted) => void shown.push(...counted), refresh: () => {} }
  const source = sourceOf(async (take) => {
    take(liveRecord())
    take(copy())
    throw new Error('the filter is gone')
  })
  const run = makeRun()
  const { failure } = await observe(source, run, {}, view, new AbortController().signal)
  expect([failure?.message, run.requests, shown.length]).toEqual(['the filter is gone', 1, 1])
})

test('an output without a reader keeps no run from its end', async () => {
  const stop = new AbortController()
  // Full at once, and never read.
  const stdout = new PassThrough({ highWaterMark: 1 })
  const io = { stdout, stderr: new PassThrough(), signal: stop.signal } as unknown as Io // no more is used here
  const view = makeView(
    'json',
    io,
    new Screen(io),
    (_, text) => text,
    () => expect.fail('no table')
  )
  const source = sourceOf(async (take, _, until) => {
    take(liveRecord())
    take(copy())
    await new Promise((resolve) => until.addEventListener('abort', resolve))
  })
  const run = makeRun()
  setTimeout(() => stop.abort(), 100)
  expect(await observe(source, run, {}, view, stop.signal)).toEqual({})
  expect(stdout.readableLength + stdout.writableLength).toBeGreaterThan(0)
})

test('what ends a run before its limit is told, and not what comes after its end', async () => {
  const view: View = { show: () => undefined, refresh: () => {} }
  const source = sourceOf(async (_, __, until) => {
    await new Promise((resolve) => until.addEventListener('abort', resolve))
  })
  const changed = AbortSignal.abort('the rules of shop were changed')
  const signal = new AbortController().signal
  expect(await observe(source, makeRun(), { lasts: 60_000, until: changed }, view, signal)).toEqual({
    interruption: 'the rules of shop were changed'
  })
  const late = new AbortController()
  setTimeout(() => late.abort('too late'), 1000)
  expect(await observe(source, makeRun(), { lasts: 1, until: late.signal }, view, signal)).toEqual({})
})
