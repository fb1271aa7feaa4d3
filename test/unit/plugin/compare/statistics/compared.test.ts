// Pairs of which one response was cut off: counted, named, and no difference.
import { expect, test } from 'vitest'
import { isCompared, isCut } from '../../../../../plugin/compare/statistics/compared.ts'
import { evaluate, parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { renderJunit } from '../../../../../plugin/compare/report/junit.ts'
import { mismatchLine, pairJson, summaryJson } from '../../../../../plugin/compare/report/ndjson.ts'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import type { RequestRecord } from '../../../../../plugin/compare/sources/record.ts'
import { renderReport } from '../../../../../plugin/compare/report/report.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { exitCode, summarise } from '../../../../../plugin/compare/statistics/summary.ts'
import { renderTable } from '../../../../../plugin/compare/report/table.ts'
import { copy, liveRecord, SUBJECT } from '../build.ts'

test.each<[string, Partial<RequestRecord>, Partial<RequestRecord>, boolean]>([
  ['Envoy cancels a copy when v1 answers before the body has come', { status: 401 }, { status: 100 }, true],
  ['or before v2 has begun to answer', { status: 413, duration: 3 }, { status: 0, duration: 5 }, true],
  ['a busy proxy is a little late', { duration: 3 }, { status: 0, duration: 900 }, true],
  ['a copy that was given up before the live request was over', { duration: 900 }, { status: 0, duration: 5 }, true],
  ['the caller hung up', { status: 0 }, { status: 200 }, true],
  ['the caller hung up on both', { status: 0 }, { status: 0 }, true],
  ['v2 hangs until the time-out of the route', { duration: 10 }, { status: 0, duration: 15_000 }, false],
  ['v2 hangs after it asked for the body', { duration: 10 }, { status: 100, duration: 15_000 }, false],
  ['v2 hangs, told by a source that knows no duration then', { ended: 10 }, { status: 0, ended: 15_000 }, false],
  ['the end outweighs durations of headers alone', { ended: 9000, duration: 5 }, { status: 0, ended: 9100 }, true],
  ['nothing tells how long it took', { duration: 10 }, { status: 0, duration: undefined } as object, true],
  ['v2 answers with an error', {}, { status: 503 }, false],
  ['a switched protocol is an answer', { status: 101 }, { status: 200 }, false]
])('%s', (_, live, its, expected) => {
  const pair = { live: liveRecord(live), copy: copy(its) }
  expect(isCut(pair)).toBe(expected)
  expect(isCompared(pair)).toBe(!expected)
})

/** 300 requests, of every third the copy is cut. */
function summaryOf() {
  const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
  const lines: string[] = []
  for (let index = 0; index < 300; index++) {
    const at = index * 100
    run.take(liveRecord({ id: `${index}`, at, status: 401, duration: 2 }), at)
    const its = index % 3 === 0 ? { status: index % 2 === 0 ? 100 : 0, bytes: 0 } : { status: 401 }
    run.take(copy({ id: `${index}`, at: at + 1, duration: 3, ...its }), at)
  }
  run.close(120_000)
  for (const counted of run.end(60_000)) lines.push(mismatchLine(counted) ?? '', pairJson(counted))
  return { summary: summarise(SUBJECT, run, parseGates('status>0.1%,size>1B,missing>1%')), lines }
}

test('is counted and named in every view, and fails no condition', async () => {
  const { summary, lines } = summaryOf()
  expect(summary).toMatchObject({ copied: 300, arrived: 300, compared: 200, cut: 100 })
  expect(summary.endpoints[0]).toMatchObject({ cut: 100, statusDiffer: 0, findings: [], missing: 0 })
  expect(exitCode(summary)).toBe(0)
  const table = renderTable(summary, { paint: (_, text) => text })
  expect(table).toContain('200 compared   100 cut off')
  expect(table).toContain('100 matches were cut off: the caller')
  expect(table).toContain('No difference beyond noise')
  expect(lines.filter((line) => line.includes('"cut":true'))).toHaveLength(100)
  expect(lines.filter((line) => line !== '' && !line.startsWith('{'))).toEqual([])
  expect(JSON.parse(summaryJson(summary))).toMatchObject({ cut: 100, endpoints: [{ cut: 100 }] })
  expect(renderJunit(summary)).toContain('<property name="cut" value="100"/>')
  const page = renderReport(summary, new Date(0))
  expect(page).toContain('answered by both versions; 100 cut off')
  expect(page).toContain('100 matches were cut off')
})

test('leaves a condition unmeasured where every pair was cut', () => {
  const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
  run.take(liveRecord({ status: 413 }), 0)
  run.take(copy({ status: 0 }), 0)
  run.end(60_000)
  const { endpoints } = summarise(SUBJECT, run, [])
  expect(evaluate(parseGates('status>1%'), endpoints)).toMatchObject([
    { result: 'unmeasured', why: 'nothing was compared' }
  ])
})
