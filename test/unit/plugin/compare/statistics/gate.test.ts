import { describe, expect, test } from 'vitest'
import { evaluate, parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { judge } from '../../../../../plugin/compare/statistics/judge.ts'
import { tallyOf } from '../build.ts'

describe('parseGates', () => {
  test('reads conditions', () => {
    expect(parseGates('status>0.1%, p99 > 20 ms,missing>1%')).toEqual([
      { metric: 'status', limit: 0.1, unit: '%' },
      { metric: 'p99', limit: 20, unit: 'ms' },
      { metric: 'missing', limit: 1, unit: '%' }
    ])
  })

  test('names every mistake, and what is allowed', () => {
    expect(() => parseGates('p98>1%,status<1%,size>3,missing>1ms')).toThrow(
      `--fail-on: "p98" in "p98>1%" is not a metric; "status<1%" is not a condition; "size>3" needs a unit: % or B; ` +
        `"missing>1ms" needs a unit: %\nwrite METRIC>NUMBER UNIT, with commas between: 'status>0.1%,p99>20%'; ` +
        'metrics and their units are status (%), p50 (% or ms), p95 (% or ms), p99 (% or ms), size (% or B), missing (%)'
    )
    expect(() => parseGates('')).toThrow('"" is not a condition')
  })
})

describe('evaluate', () => {
  const outcome = (gates: string, pairs: number, make: Parameters<typeof tallyOf>[1]) =>
    evaluate(parseGates(gates), judge(tallyOf(pairs, make).endpoints.values()))

  test('fails on what exceeds the limit beyond noise, and names it', () => {
    const made = outcome('status>0.1%,p99>50%,p50>100ms,size>5B', 2000, (index) => [
      { at: index * 10 },
      { duration: 40, bytes: 110, status: index % 50 === 0 ? 500 : 200 }
    ])
    expect(made).toEqual([
      { gate: 'status>0.1%', result: 'failed', endpoints: ['GET /get (2 %)'] },
      { gate: 'p99>50%', result: 'failed', endpoints: ['GET /get (300 %)'] },
      { gate: 'p50>100ms', result: 'passed', endpoints: [] },
      { gate: 'size>5B', result: 'failed', endpoints: ['GET /get (10 B)'] }
    ])
  })

  test('does not pass a condition of latency that so short a run could not have failed', () => {
    const slow = (seconds: number) =>
      outcome('p50>20%', seconds * 100, (index) => [{ at: index * 10 }, { duration: 90 }])
    expect(slow(5)).toMatchObject([{ result: 'unmeasured' }])
    expect(slow(20)).toMatchObject([{ result: 'failed' }])
  })

  test('says what is exceeded but may be noise, and what it cannot measure', () => {
    const made = outcome('status>1%,p99>20%', 3, (index) => [
      { at: index * 1000 },
      { status: 500 + index, duration: 90 }
    ])
    expect(made).toMatchObject([{ result: 'unclear', endpoints: ['GET /get (100 %)'] }, { result: 'unmeasured' }])
  })
})
