import { expect, test } from 'vitest'
import { evaluate, parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { Tally } from '../../../../../plugin/compare/statistics/tally.ts'
import { judge } from '../../../../../plugin/compare/statistics/judge.ts'
import { arrivals } from '../../../../../plugin/compare/report/labels.ts'
import { copy, liveRecord, random, tallyOf } from '../build.ts'

/** Latency as services have it: a body, a long tail, and now and then a stall of the node for all that arrive in it. */
function latency(draw: () => number, stalled: boolean): number {
  const body = 8 + 6 * draw() + 3 * draw()
  const tail = draw() < 0.03 ? 60 * draw() : 0
  return Math.round(body + tail + (stalled ? 80 : 0))
}

const PATHS = ['/a', '/b', '/c', '/d', '/e', '/f']

interface Worse {
  readonly status?: (path: string, draw: () => number) => number
  readonly slower?: (path: string) => number
  readonly longer?: (path: string) => number
}

/** 100 requests a second, spread over the endpoints; each version stalls by itself, up to five times for a second. */
function run(seed: number, requests: number, worse: Worse = {}) {
  const draw = random(seed)
  const stalls = (): Set<number> =>
    new Set(Array.from({ length: Math.floor(6 * draw()) }, () => Math.floor((draw() * requests) / 100)))
  const [ofLive, ofCopy] = [stalls(), stalls()]
  return judge(
    tallyOf(requests, (index) => {
      const path = PATHS[Math.floor(draw() * PATHS.length)]!
      const at = index * 10
      const second = Math.floor(index / 100)
      const bytes = 100 + Math.floor(50 * draw())
      return [
        { path, at, id: `${index}`, bytes, duration: latency(draw, ofLive.has(second)) },
        {
          path,
          at: at + 1,
          id: `${index}`,
          bytes: bytes + (worse.longer?.(path) ?? 0),
          status: worse.status?.(path, draw) ?? 200,
          duration: latency(draw, ofCopy.has(second)) + 1 + (worse.slower?.(path) ?? 0)
        }
      ]
    }).endpoints.values()
  )
}

function named(verdicts: ReturnType<typeof run>): string[] {
  return verdicts.flatMap(({ endpoint, findings }) => findings.map(({ metric }) => `${endpoint} ${metric}`)).toSorted()
}

test('names nothing in a hundred runs of an unchanged version, stalls and all', () => {
  const alarms = Array.from({ length: 100 }, (_, seed) => named(run(seed, 3000))).filter((names) => names.length > 0)
  expect(alarms.length).toBeLessThanOrEqual(2)
})

test.each([1, 2, 3, 4, 5])('names exactly the three endpoints that were made worse (%i)', (seed) => {
  const verdicts = run(seed, 6000, {
    status: (path, draw) => (path === '/b' && draw() < 0.02 ? 500 : 200),
    slower: (path) => (path === '/d' ? 40 : 0),
    longer: (path) => (path === '/f' ? 10 : 0)
  })
  expect(named(verdicts).filter((one) => !/p9[59]$/.test(one))).toEqual(['GET /b status', 'GET /d p50', 'GET /f size'])
  expect(verdicts.slice(3).flatMap(({ findings }) => findings)).toEqual([])
  expect(verdicts.map(({ endpoint }) => endpoint).slice(0, 3)).toEqual(['GET /b', 'GET /f', 'GET /d'])
})

test('finds a tail that is worse where the median is not', () => {
  const draw = random(7)
  const verdicts = judge(
    tallyOf(6000, (index) => {
      const at = index * 10
      const slow = draw() < 0.03 ? 200 : 0
      return [
        { at, duration: latency(draw, false) },
        { at, duration: latency(draw, false) + slow }
      ]
    }).endpoints.values()
  )
  expect(verdicts[0]!.findings.map(({ metric }) => metric)).toContain('p99')
  expect(verdicts[0]!.findings.map(({ metric }) => metric)).not.toContain('p50')
})

test('takes an error that both versions give at random for noise', () => {
  const draw = random(3)
  const either = (): number => (draw() < 0.1 ? 503 : 200)
  const verdicts = judge(
    tallyOf(3000, (at) => [
      { at, status: either() },
      { at, status: either() }
    ]).endpoints.values()
  )
  expect(verdicts[0]!.statusDiffer).toBeGreaterThan(0.1)
  expect(verdicts[0]!.findings).toEqual([])
})

test('does not mark what is certain but small', () => {
  const verdicts = judge(tallyOf(3000, (index) => [{ at: index * 10 }, { duration: 11 }]).endpoints.values())
  expect(verdicts[0]!.findings).toEqual([])
  expect(verdicts[0]!.latency!.copy.p50).toBe(11)
})

test('misses copies only beyond what the mirrored share explains', () => {
  const at = (share: number) => {
    const tally = new Tally()
    for (let index = 0; index < 300; index++) {
      tally.add({ kind: 'pair', live: liveRecord(), copy: copy(), attempts: 1, since: 0 }, share)
    }
    for (let index = 0; index < 700; index++) {
      tally.add({ kind: 'missing', live: liveRecord(), attempts: 1, since: 0 }, share)
    }
    return judge(tally.endpoints.values())[0]!
  }
  expect(at(0.3).missing).toBeCloseTo(0)
  expect(at(0.3).findings).toEqual([])
  expect(at(0.5).missing).toBeCloseTo(0.4)
  expect(at(0.5).findings).toMatchObject([{ metric: 'missing', text: '300 copies of 500 expected' }])
  expect(at(0)).toMatchObject({ missing: 0, expected: 0, findings: [] })
})

test('calls nothing arrived or missing if it is unknown whether it was due', () => {
  const tally = new Tally()
  for (let index = 0; index < 100; index++) {
    if (index < 50) tally.add({ kind: 'pair', live: liveRecord(), copy: copy(), attempts: 1, since: 0 }, undefined)
    else tally.add({ kind: 'missing', live: liveRecord(), attempts: 1, since: 0 }, undefined)
  }
  const verdicts = judge(tally.endpoints.values())
  expect(verdicts).toMatchObject([{ requests: 100, copied: 50, unknown: 100, arrived: 0, expected: 0, findings: [] }])
  expect(arrivals(verdicts[0]!)).toBe('?')
  expect(evaluate(parseGates('missing>1%'), verdicts)).toMatchObject([{ result: 'unmeasured' }])
})

test('an unexpected copy does not replace one that is missing', () => {
  const tally = new Tally()
  for (let index = 0; index < 100; index++) {
    tally.add({ kind: 'pair', live: liveRecord(), copy: copy(), attempts: 1, since: 0 }, 0)
    tally.add({ kind: 'missing', live: liveRecord(), attempts: 1, since: 0 }, 1)
  }
  expect(judge(tally.endpoints.values())).toMatchObject([{ missing: 1, findings: [{ metric: 'missing' }] }])
})

test('does not name the bytes that an echo of x-forwarded-for adds to any copy, where a baseline shows them', () => {
  const sized = (copyBytes: number, baselineBytes: number | undefined) => {
    const tally = new Tally({ hasBaseline: true })
    for (let index = 0; index < 100; index++) {
      const again = baselineBytes === undefined ? {} : { baseline: copy({ workload: 'live', bytes: baselineBytes }) }
      tally.add(
        { kind: 'pair', live: liveRecord(), copy: copy({ bytes: copyBytes }), ...again, attempts: 1, since: 0 },
        1
      )
    }
    return judge(tally.endpoints.values())[0]!.findings
  }
  expect(sized(102, 102)).toEqual([])
  expect(sized(112, 102)).toMatchObject([{ metric: 'size' }])
  expect(sized(102, undefined), 'not judged at all').toEqual([])
})

test('does not take an error of the baseline alone for a copy that is longer', () => {
  const tally = new Tally({ hasBaseline: true })
  for (let index = 0; index < 1000; index++) {
    const again = index % 10 === 0 ? { status: 500, bytes: 5 } : {}
    const baseline = copy({ workload: 'live', ...again })
    tally.add({ kind: 'pair', live: liveRecord(), copy: copy(), baseline, attempts: 1, since: 0 }, 1)
  }
  expect(judge(tally.endpoints.values())[0]!.findings).toEqual([])
})

test('leaves a canary meeting its own copy out of the comparison, not out of the arrivals', () => {
  const tally = tallyOf(10, (at) => [{ at }, { at }])
  const live = liveRecord({ workload: 'mirror', status: 200 })
  tally.add({ kind: 'pair', live, copy: copy({ status: 500 }), attempts: 2, since: 0 }, 1)
  const expected = { requests: 11, copied: 11, compared: 10, retried: 1, statusDiffer: 0 }
  expect(judge(tally.endpoints.values())[0]).toMatchObject(expected)
})
