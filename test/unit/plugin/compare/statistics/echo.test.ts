// An application that echoes x-forwarded-for answers a copy with as much more as its sender's address takes.
import { describe, expect, test } from 'vitest'
import { caveats } from '../../../../../plugin/compare/report/caveats.ts'
import { evaluate, parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import type { RequestRecord } from '../../../../../plugin/compare/sources/record.ts'
import { judge } from '../../../../../plugin/compare/statistics/judge.ts'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { summarise } from '../../../../../plugin/compare/statistics/summary.ts'
import { copy, liveRecord, random, SUBJECT, tallyOf } from '../build.ts'

const GATES = parseGates('size>0.1%,size>0B')

function outcome(make: (index: number) => [Partial<RequestRecord>, Partial<RequestRecord>]) {
  const verdicts = judge(tallyOf(500, make).endpoints.values())
  const results = evaluate(GATES, verdicts).map(({ result }) => result)
  return { named: verdicts[0]!.findings.map(({ metric }) => metric), echo: verdicts[0]!.size?.echo, results }
}

const PASSED = { named: [], results: ['passed', 'passed'] }
const FAILED = { named: ['size'], results: ['failed', 'failed'] }
const FROM = { forwarded: ['10.244.0.7'] }

describe('size', () => {
  test("of httpbin's /get, one byte more in each pair, is an echo's", () => {
    const draw = random(1)
    const made = outcome(() => {
      const bytes = 300 + Math.floor(20 * draw())
      return [{ bytes }, { bytes: bytes + 1, ...FROM }]
    })
    expect(made).toEqual({ ...PASSED, echo: { bytes: 1, pairs: 500 } })
  })

  test('may be less, where the echoed address is shorter', () => {
    expect(outcome(() => [{ bytes: 100 }, { bytes: 99, forwarded: ['10.0.0.7'] }])).toMatchObject(PASSED)
  })

  test('may follow the length of the addresses of several senders', () => {
    const senders = ['10.244.0.7', '10.244.0.17', '10.244.10.107']
    const made = outcome((index) => {
      const sender = senders[index % 3]!
      return [{ bytes: 100 }, { bytes: 100 + sender.length - '127.0.0.6'.length, forwarded: [sender] }]
    })
    expect(made).toMatchObject(PASSED)
  })

  test('may be of a whole address, behind a gateway', () => {
    const made = outcome(() => [
      { bytes: 100, forwarded: ['192.0.2.1'] },
      { bytes: 111, forwarded: ['192.0.2.1', '10.0.0.9'] }
    ])
    expect(made).toMatchObject(FAILED)
    const less = outcome(() => [
      { bytes: 100, forwarded: ['192.0.2.1'] },
      { bytes: 110, forwarded: ['192.0.2.1', '10.0.0.9'] }
    ])
    expect(less).toMatchObject(PASSED)
  })

  test.each<[string, (index: number) => [Partial<RequestRecord>, Partial<RequestRecord>]]>([
    ['larger than the header', () => [{ bytes: 100 }, { bytes: 111, ...FROM }]],
    ['not the same in each pair', (index) => [{ bytes: 100 }, { bytes: 101 + (index % 4), ...FROM }]],
    ['in a part of the pairs only', (index) => [{ bytes: 100 }, { bytes: 100 + (index % 2), ...FROM }]],
    [
      'without a header that has more',
      () => [
        { bytes: 100, ...FROM },
        { bytes: 101, ...FROM }
      ]
    ],
    ['of records that do not show the header', () => [{ bytes: 100 }, { bytes: 101, forwarded: undefined } as object]]
  ])('is a difference if it is %s', (_, make) => expect(outcome(make)).toMatchObject(FAILED))

  test('is still judged where an echo explains most', () => {
    const made = outcome((index) => [{ bytes: 100 }, { bytes: index % 20 === 0 ? 500 : 101, ...FROM }])
    expect(made).toMatchObject({ ...FAILED, echo: { pairs: 475 } })
  })
})

test('is named as what it is', () => {
  const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
  for (let index = 0; index < 100; index++) {
    run.take(liveRecord({ id: `${index}` }), 0)
    run.take(copy({ id: `${index}`, bytes: 101, ...FROM }), 0)
  }
  run.end(60_000)
  expect(caveats(summarise(SUBJECT, run, [])).join('\n')).toContain(
    'No difference: the size of GET /get (+1 B in 100 matches) differs by no more than the address that a copy has in addition'
  )
})
