// `--sample`: the same requests of both versions, and figures that are those of the sample.
import { describe, expect, test } from 'vitest'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { proxyLog } from '../../../../../plugin/compare/sources/access-log.ts'
import { maskRequestId } from '../../../../../plugin/compare/sources/record.ts'
import { isChosen, parseSample } from '../../../../../plugin/compare/sources/sample.ts'
import { parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { summarise, type Summary } from '../../../../../plugin/compare/statistics/summary.ts'
import { renderTable } from '../../../../../plugin/compare/report/table.ts'
import { podLogs, truthOf } from '../../../../many-pods/traffic.ts'
import { copy, liveRecord, random, SUBJECT } from '../build.ts'

describe('what may be written', () => {
  test.each([
    ['1/1', 1],
    ['1/10', 10],
    [' 1/65536 ', 65_536]
  ])('%s', (text, oneOf) => expect(parseSample(text)).toBe(oneOf))

  test.each([
    ['0', '1/N, up to 1/65536 ('],
    ['100%', 'to compare all, leave it out'],
    ['10%', 'for 10% that is 1/10'],
    ['0.01', 'for 0.01 that is 1/100'],
    ['2/8', 'for 2/8 that is 1/4'],
    ['0%', '1/N, up to 1/65536 ('],
    ['16', '1/N, up to 1/65536 ('],
    ['1/0', '1/N, up to 1/65536 ('],
    ['1/100000', '1/N, up to 1/65536 ('],
    ['half', '1/N, up to 1/65536 (']
  ])('%s is refused, with what to write instead', (text, remedy) => {
    expect(() => parseSample(text)).toThrow(remedy)
  })

  test.each([
    ['1/3', 'for 1/3 that is 1/4'],
    ['1/10', 'for 1/10 that is 1/8'],
    ['2/4', 'for 2/4 that is 1/2'],
    ['0', '1/2, 1/4, 1/8, 1/16'],
    ['1/131072', '1/65536'],
    ['16', '1/16']
  ])('%s is refused where a proxy chooses by the last digits', (text, remedy) => {
    expect(() => parseSample(text, { onlyPowersOf2: true })).toThrow(remedy)
  })
})

const next = random(7)
const digits = (length: number) => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join('')

test.each<[string, (nth: number) => string]>([
  ['random UUIDs', () => `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`],
  ['UUIDs that end in the machine', (nth) => `${nth.toString(16).padStart(8, '0')}-8b86-11f0-b42d-00c04fc964ff`],
  ['numbers of a caller', (nth) => `job-${nth}`],
  ['numbers of which each is a multiple of the sample', (nth) => String(nth * 160)]
])('one in so many of %s', (_, make) => {
  const ids = Array.from({ length: 5000 }, (__, nth) => make(nth))
  for (const oneOf of [2, 10, 16, 100]) {
    const chosen = ids.filter((id) => isChosen(id, oneOf)).length
    const expected = ids.length / oneOf
    expect(Math.abs(chosen - expected)).toBeLessThan(4.5 * Math.sqrt(expected))
  }
})

test('a request is in the sample of both versions or of neither, also where Envoy rewrote a digit of one id', () => {
  const read = proxyLog({}, { sample: 4 })
  let both = 0
  for (let nth = 0; nth < 1000; nth++) {
    const [start, end] = [`${digits(8)}-${digits(4)}-`, `${digits(3)}-a${digits(3)}-${digits(12)}`]
    const live = read(lineOf(`${start}4${end}`, '-'), { workload: 'live', pod: 'a', at: 0 })
    const its = read(lineOf(`${start}9${end}`, '10.0.0.7'), { workload: 'mirror', pod: 'b', at: 0 })
    expect([typeof live, typeof its]).toEqual(live ? ['object', 'object'] : ['undefined', 'undefined'])
    if (live) both++
  }
  expect(both).toBeGreaterThan(190)
  expect(both).toBeLessThan(310)
})

function lineOf(id: string, forwarded: string): string {
  return (
    `[2026-10-10T13:55:36.123Z] "GET /get HTTP/1.1" 200 - via_upstream - "-" 0 42 7 6 "${forwarded}" "curl/8" "${id}" ` +
    '"httpbin:8000" "10.0.0.9:80" inbound|80|| 127.0.0.6:41 10.0.0.9:80 10.0.0.7:0 - default'
  )
}

const LOAD = { pods: 2, rate: 1600 }
const [FIRST, SECONDS] = [1_795_800_000, 18]

const LOGS = { live: podLogs('live', LOAD), mirror: podLogs('mirror', LOAD) }

/** What a comparison says of the logs of `traffic.ts`. */
function compareLogs(sample: number): Summary {
  const read = proxyLog({}, { sample })
  const window = { opened: 0, backlog: false, follow: true, isSampled: true }
  const run = new Run(new PairById(new Roles(false)), () => 1, window)
  for (let second = FIRST; second < FIRST + SECONDS; second++) {
    for (const workload of ['live', 'mirror'] as const) {
      for (const log of LOGS[workload]) {
        for (const line of log.at(second).toString('latin1').trimEnd().split('\n')) {
          const record = read(line.slice(line.indexOf(' ') + 1), { workload, pod: workload, at: 0 })
          if (record === 'unread') throw new Error(line)
          if (record) run.take(record, second * 1000)
        }
      }
    }
    run.tick(second * 1000)
  }
  run.end((FIRST + SECONDS + 60) * 1000)
  const source = { ...SUBJECT.source, sample }
  return summarise({ ...SUBJECT, source }, run, parseGates('status>0.1%,missing>1%,p50>20%'))
}

const figures = ({ endpoints }: Summary) =>
  new Map(
    endpoints.map(({ endpoint, requests, copied, compared, statusDiffer }) => [
      endpoint,
      { requests, copied, differing: Math.round(statusDiffer * compared) }
    ])
  )

test('of a sample every figure is that of the chosen requests, and the verdicts are those of all', () => {
  const oneOf = 5
  const summary = compareLogs(oneOf)
  const chosen = truthOf(LOAD, FIRST, SECONDS, (id) => isChosen(maskRequestId(id), oneOf))
  expect(figures(summary)).toEqual(new Map([...chosen].toSorted(([one], [other]) => order(summary, one, other))))
  const found = Object.fromEntries(
    summary.endpoints.map(({ endpoint, findings }) => [endpoint, findings.map(({ metric }) => metric)])
  )
  expect(found).toMatchObject({
    'GET /items/{id}': [],
    'GET /orders/{id}': ['status'],
    'GET /users/{id}': ['p50', 'p95', 'p99'],
    'GET /carts/{id}': ['missing']
  })
  expect(summary.gates.map(({ result }) => result)).toEqual(['failed', 'failed', 'failed'])
  const table = renderTable(summary, { paint: (_, text) => text })
  expect(table).toContain('v2 mirror of 100 %, 1 of 5 requests')
  expect(table).toContain('Only 1 of 5 requests, chosen by their ids, were compared')
})

function order({ endpoints }: Summary, one: string, other: string): number {
  const place = (name: string) => endpoints.findIndex(({ endpoint }) => endpoint === name)
  return place(one) - place(other)
}

test('records without an id are left out of a sample, and then nothing is called missing', () => {
  const run = new Run(new PairById(new Roles(false)), () => 1, {
    opened: -60_000,
    backlog: false,
    follow: true,
    isSampled: true
  })
  run.take(liveRecord({ id: 'a' }), 0)
  const { id: _, ...without } = copy()
  run.take(without, 0)
  run.end(60_000)
  const summary = summarise({ ...SUBJECT, source: { ...SUBJECT.source, sample: 10 } }, run, parseGates('missing>1%'))
  expect(summary).toMatchObject({ requests: 1, copied: 0, orphans: 0, expected: 0 })
  expect(summary.gates).toMatchObject([{ result: 'unmeasured' }])
  expect(renderTable(summary, { paint: (__, text) => text })).toContain(
    'Records without a request id: 1. They were left out, because --sample chooses by the id'
  )
})
