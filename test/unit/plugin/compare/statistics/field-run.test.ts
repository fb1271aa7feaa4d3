import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { renderJunit } from '../../../../../plugin/compare/report/junit.ts'
import { summaryJson } from '../../../../../plugin/compare/report/ndjson.ts'
import { renderReport } from '../../../../../plugin/compare/report/report.ts'
import { exitCode, summarise, type Summary } from '../../../../../plugin/compare/statistics/summary.ts'
import { renderTable } from '../../../../../plugin/compare/report/table.ts'
import { copy, liveRecord, runOfResponses, SUBJECT } from '../build.ts'
import { response } from '../responses/build.ts'

const EVIL = '<script>alert("x")</script>'
const TAPPED = { ...SUBJECT, source: { ...SUBJECT.source, name: 'taps' } }

/** 400 requests on two endpoints; every 20th of the one has another price from the copy, every answer another id. */
function summaryOf({ withExamples = false, baseline = true, answered = true } = {}): Summary {
  const { run, budget } = runOfResponses({ withExamples, baseline })
  for (let index = 0; index < 400; index++) {
    const at = index * 100
    const path = index % 2 === 0 ? '/items' : '/same'
    const body = (price: number) => ({ id: Math.random(), name: EVIL, price })
    const held = (price: number) => {
      const made = response({ path, body: path === '/items' ? body(price) : { a: 1 } })
      budget.hold(made, at)
      return made
    }
    const common = { id: `id-${index}`, path, bytes: 60, duration: 10 }
    run.take(liveRecord({ ...common, at, response: held(1) }), at)
    run.take(copy({ ...common, at: at + 1, response: held(index % 20 === 0 ? 2 : 1) }), at)
    if (baseline && answered) run.take(copy({ ...common, at: at + 1, workload: 'live', response: held(1) }), at)
  }
  run.close(120_000)
  run.end(120_000)
  return summarise(TAPPED, run, parseGates('field>1%'))
}

test('a field beyond noise is a finding of its endpoint, and fails the gate', () => {
  const summary = summaryOf()
  expect(summary.endpoints.map(({ endpoint, findings }) => [endpoint, findings.map(({ text }) => text)])).toEqual([
    ['GET /items', [expect.stringMatching(/^\$\.price: other value in 10\.0 % \(5\.8 % to 16\.8 %\)$/)]],
    ['GET /same', []]
  ])
  expect([summary.gates[0]!.result, exitCode(summary)]).toEqual(['failed', 2])
})

test('JUnit: a suite for each gate, a test for each endpoint', () => {
  const { document } = parseHTML(renderJunit(summaryOf()))
  const [suite] = document.querySelectorAll('testsuite')
  expect(suite!.getAttribute('failures')).toBe('1')
  expect(
    [...suite!.querySelectorAll('testcase')].map((one) => [one.getAttribute('name'), one.innerHTML.trim()])
  ).toEqual([
    ['GET /items', '<failure message="GET /items ($.price 10 %)"></failure>'],
    ['GET /same', '']
  ])
})

test('without a baseline what may be noise does not count, and the table says so', () => {
  const text = renderTable(summaryOf({ baseline: false }), { paint: (_, shown) => shown })
  expect(text).toMatch(/differs\s+\$\.price\s+other value\s+10\.0 %/)
  expect(text).toContain('"may be noise"')
  // Each field is named once, with its figures.
  expect(text).toContain('  GET /items: 1 field, see below')
  expect(text.split('\n').filter((line) => line.includes('$.price') && !line.includes('>'))).toHaveLength(1)
  expect(text).toContain('* Beyond noise, or with no baseline to tell:')
})

test('a baseline of which no response came is said, and makes nothing certain', () => {
  const summary = summaryOf({ answered: false })
  expect(summary.gates[0]!.result).toBe('unclear')
  const text = renderTable(summary, { paint: (_, shown) => shown })
  expect(text).toContain('No response to the baseline was seen')
  expect(text).not.toContain('Without --baseline')
})

describe('what was answered', () => {
  test('is in no file unless asked for', async () => {
    const summary = summaryOf()
    expect(summaryJson(summary)).not.toContain('alert')
    expect(renderReport(summary, new Date(0))).not.toContain('alert')
    expect(renderTable(summary, { paint: (_, shown) => shown })).not.toContain('1 → 2')
    expect(JSON.parse(summaryJson(summary)).endpoints[0].fields.fields[0]).toMatchObject({
      field: '$.price',
      judgement: 'differs'
    })
  })

  test('is in the table on a terminal, and in a file if asked for', () => {
    const paint = (_: unknown, shown: string): string => shown
    expect(renderTable(summaryOf(), { paint, width: 120 })).toContain('1 → 2')
    expect(renderTable(summaryOf({ withExamples: true }), { paint })).toContain('1 → 2')
  })

  test('is escaped, and side by side', async () => {
    const page = renderReport(summaryOf({ withExamples: true }), new Date(0))
    expect(page).not.toContain('<script')
    const { document } = parseHTML(page)
    const [live, other] = ['td.removed', 'td.added'].map(
      (cell) => document.querySelector(`table.diff ${cell}:not(:empty)`)!.textContent
    )
    expect([live!.trim(), other!.trim()].join()).toMatch(/− {3}"(id|price)"/)
    expect(document.querySelector('table.diff')!.textContent).toContain(EVIL.replaceAll('"', String.raw`\"`))
  })
})
