import { expect, test } from 'vitest'
import { caveats } from '../../../../../plugin/compare/report/caveats.ts'
import { renderTable } from '../../../../../plugin/compare/report/table.ts'
import { parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { PairById, TTL } from '../../../../../plugin/compare/pairing/pair.ts'
import type { UnreadLine } from '../../../../../plugin/compare/sources/record.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run, type Window } from '../../../../../plugin/compare/statistics/run.ts'
import { exitCode, summarise } from '../../../../../plugin/compare/statistics/summary.ts'
import { copy, liveRecord, SUBJECT } from '../build.ts'

const LIVE: Window = { opened: 0, backlog: false, follow: true }

function start(window: Window): Run {
  return new Run(new PairById(new Roles(false)), () => 1, window)
}

test('does not miss the copy of a request that came while the logs were being opened', () => {
  const run = start(LIVE)
  run.take(liveRecord({ id: 'early' }), 1000)
  run.take(liveRecord({ id: 'later' }), 5000)
  run.tick(5000 + TTL)
  expect([...run.tally.endpoints.values()]).toMatchObject([{ requests: 1, copied: 0 }])
})

test('does not miss the copy of a request that came just before the end', () => {
  const run = start(LIVE)
  run.take(liveRecord({ id: 'a' }), 10_000)
  run.take(liveRecord({ id: 'b' }), 14_000)
  run.end(15_000)
  expect(run.requests).toBe(1)
})

test('tells apart what is unpaired while connections from before still carry requests unseen', () => {
  const run = start({ ...LIVE, settled: 5000 })
  run.take(liveRecord({ id: 'early' }), 4000)
  run.take(liveRecord({ id: 'later' }), 6000)
  run.end(60_000)
  expect([run.requests, run.unsettled]).toEqual([2, 1])
})

test('where a part is mirrored, leaves pairs of the edges out of what is missing: their like without a copy are too', () => {
  const run = new Run(new PairById(new Roles(false)), () => 0.5, LIVE)
  for (let index = 0; index < 100; index++) {
    const id = `${index}`
    // Half of the run is at its edge; one in four was copied.
    const now = index < 50 ? 1000 : 10_000
    run.take(liveRecord({ id }), now)
    if (index % 4 === 0) run.take(copy({ id }), now)
  }
  run.end(60_000)
  expect([...run.tally.endpoints.values()]).toMatchObject([{ known: 50, expected: 25, arrived: 12, copied: 25 }])
})

test('does not call copies complete that it could not have missed: a log was not being read all the time', () => {
  const run = start({ ...LIVE, wasBlind: () => true })
  for (const id of ['a', 'b', 'c']) {
    run.take(liveRecord({ id }), 10_000)
    if (id !== 'b') run.take(copy({ id }), 10_000)
  }
  run.end(60_000)
  const summary = summarise(SUBJECT, run, parseGates('missing>1%'))
  expect(summary).toMatchObject({ requests: 2, copied: 2, known: 0, expected: 0, blind: 1 })
  expect(renderTable(summary, { paint: (_, text) => text })).toMatch(/^GET \/get +2 +\? /m)
  expect(exitCode(summary)).toBe(3)
})

test('says by how much reading fell behind, whatever the clocks, and that alone', () => {
  const behind = (delayAt: (second: number) => number): string => {
    const run = start(LIVE)
    for (let second = 0; second < 60; second++) {
      const id = `${second}`
      // Its line comes when it is over.
      const duration = second % 7 === 0 ? 9000 : 10
      run.take(liveRecord({ id, at: second * 1000 - duration, duration }), delayAt(second))
      run.take(copy({ id, at: second * 1000 }), delayAt(second))
    }
    run.close(200_000)
    run.end(200_000)
    return caveats(summarise(SUBJECT, run, [])).find((text) => text.includes('fell behind')) ?? ''
  }
  // The caller's clock is an hour ahead.
  expect(behind((second) => 3_600_000 + second * 1000 + 700)).toBe('')
  expect(behind((second) => 3_600_000 + second * 1500)).toMatch(/^Reading fell behind by 2\ds: .*--sample/)
})

test('calls nothing missing, and nothing complete, where many records were dropped', () => {
  const run = new Run(new PairById(new Roles(false), { most: 10 }), () => 1, LIVE)
  for (let nth = 0; nth < 200; nth++) {
    run.take(liveRecord({ id: `${nth}` }), 10_000 + nth)
    run.tick(10_000 + nth)
  }
  run.end(60_000)
  const summary = summarise(SUBJECT, run, parseGates('missing>1%'))
  expect(summary.overflowed).toBeGreaterThan(100)
  expect(caveats(summary).join('\n')).not.toContain('rules may depend on headers')
  expect(exitCode(summary)).toBe(3)
})

test('counts matches near the edges', () => {
  const run = start(LIVE)
  run.take(liveRecord(), 100)
  run.take(copy(), 100)
  run.end(200)
  expect(run.requests).toBe(1)
})

test('after its end counts and awaits the copies of what was before, and no more requests', () => {
  const run = start(LIVE)
  run.take(liveRecord({ id: 'a', at: 100 }), 5000)
  run.close(120_000)
  run.take(liveRecord({ id: 'b', at: 200 }), 5100)
  expect(run.waiting).toEqual({ requests: 1, unpaired: 1 })
  // v2 is busy: the copy arrived there after the last request of the run, and later ones too.
  run.take(copy({ id: 'a', at: 250 }), 5200)
  expect(run.waiting).toEqual({ requests: 1, unpaired: 0 })
  run.take(copy({ id: 'c', at: 260 }), 5300)
  run.end(15_000)
  expect([...run.tally.endpoints.values()]).toMatchObject([{ requests: 1, copied: 1, orphans: 0 }])
})

test('counts what was asked before its end, though no record had been read by then', () => {
  const run = start(LIVE)
  run.close(9000)
  for (const [id, at] of [
    ['before', 8000],
    ['after', 9500]
  ] as const) {
    run.take(liveRecord({ id, at }), 9600)
    run.take(copy({ id, at: at + 1 }), 9600)
  }
  run.end(12_000)
  expect(run.requests).toBe(1)
})

test('after its end takes the last attempt of a request, and a request whose copy was read first', () => {
  const run = start(LIVE)
  run.take(liveRecord({ id: 'a', at: 90, status: 503, duration: 5 }), 5000)
  run.take(liveRecord({ id: 'c', at: 100 }), 5000)
  run.close(120_000)
  run.take(copy({ id: 'b', at: 101 }), 5100)
  run.take(liveRecord({ id: 'b', at: 99 }), 5200)
  run.take(liveRecord({ id: 'a', at: 110 }), 5200)
  for (const id of ['a', 'c']) run.take(copy({ id, at: 120 }), 5300)
  expect(run.end(15_000).map(({ match }) => match)).toMatchObject([
    { kind: 'pair', attempts: 2, live: { status: 200 } },
    { kind: 'pair', live: { id: 'c' } },
    { kind: 'pair', live: { id: 'b' } }
  ])
})

test('of what was logged before begins where the logs of both versions do', () => {
  const run = start({ opened: 0, backlog: true, follow: false })
  for (let second = 0; second < 60; second++) {
    const [at, id] = [second * 1000, `${second}`]
    run.take(liveRecord({ id, at }), 10)
    // The other version's log was rotated: it begins at 20 s. One copy is really missing, at 40 s.
    if (second >= 20 && second !== 40) run.take(copy({ id, at: at + 1 }), 10)
  }
  run.end(20)
  expect([...run.tally.endpoints.values()]).toMatchObject([{ requests: 40, copied: 39 }])
})

test('counts what it leaves out at its edges', () => {
  const run = start(LIVE)
  run.take(liveRecord({ id: 'early' }), 1000)
  run.take(liveRecord({ id: 'later' }), 5000)
  run.take(copy({ id: 'late' }), 29_000)
  run.end(30_000)
  expect([run.requests, run.edges]).toEqual([1, 2])
})

test('calls nothing missing, and judges no condition, where a line could not be read', () => {
  const judged = (unread: readonly UnreadLine[]) => {
    const run = start(LIVE)
    for (let index = 0; index < 100; index++) {
      run.take(liveRecord({ id: `${index}` }), 5000)
      if (index % 2 === 0) run.take(copy({ id: `${index}`, status: 500 }), 5000)
    }
    for (const line of unread) run.take(line, 5000)
    run.end(60_000)
    return summarise(SUBJECT, run, parseGates('missing>1%,status>1%,p99>1%'))
  }
  expect(judged([])).toMatchObject({
    arrived: 50,
    gates: [{ result: 'failed' }, { result: 'failed' }, { result: 'unmeasured' }]
  })
  const summary = judged([
    { unread: 'mirror', line: `{"evil": "\u001B[31m\u202E${'x'.repeat(1000)}"}` },
    { unread: 'live', line: 'second' }
  ])
  expect(summary).toMatchObject({ expected: 0, unknown: 100, doubts: { unread: { live: 1, mirror: 1 } } })
  const why = '2 lines of the access logs could not be read'
  expect(summary.gates).toMatchObject(['missing', 'status', 'p99'].map(() => ({ result: 'unmeasured', why })))
  expect(exitCode(summary)).toBe(3)
  expect(summary.endpoints[0]!.findings.map(({ metric }) => metric)).toEqual(['status'])
  const said = caveats(summary).join('\n')
  expect(said).toContain('2 lines of the access logs could not be read (1 of v1, 1 of v2)')
  expect(said).toContain(String.raw`The first: {"evil": "\u001b[31m\u202exxx`)
  expect(said).not.toContain('x'.repeat(400))
})

test('passes no condition if it was interrupted before its limit, and fails those that failed by then', () => {
  const run = start(LIVE)
  for (let index = 0; index < 100; index++) {
    run.take(liveRecord({ id: `${index}` }), 5000)
    run.take(copy({ id: `${index}`, bytes: 900 }), 5000)
  }
  run.end(60_000)
  const gates = parseGates('status>1%,size>1%')
  const cutOff = 'the rules of shop were changed'
  const short = summarise(SUBJECT, run, gates, { limits: '--for 10m', cutOff })
  expect(short.gates).toMatchObject([
    { result: 'unmeasured', why: 'the run ended before --for 10m' },
    { result: 'failed' }
  ])
  expect(caveats(short)[0]).toBe(
    'The run ended early: the rules of shop were changed, before --for 10m, so no condition can pass.'
  )
  // Without a limit it is ended by what ends the mirror.
  expect(summarise(SUBJECT, run, gates, { cutOff }).gates).toMatchObject([{ result: 'passed' }, { result: 'failed' }])
})

test('says how many requests are counted of those that were asked for', () => {
  const run = start(LIVE)
  run.take(liveRecord({ id: 'a' }), 5000)
  run.take(copy({ id: 'a' }), 5000)
  run.take(liveRecord({ id: 'b' }), 9000)
  run.end(10_000)
  expect(caveats(summarise(SUBJECT, run, [], { limits: '--requests 2' }))[0]).toBe(
    "--requests 2: 1 request was counted. 1 unmatched record within 2.5 s of the run's start or end was not."
  )
})
