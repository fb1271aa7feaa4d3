import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PairById, TTL, type Match } from '../../../../../plugin/compare/pairing/pair.ts'
import type { RequestRecord } from '../../../../../plugin/compare/sources/record.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { copy, liveRecord, random } from '../build.ts'

function pairUp(records: readonly RequestRecord[], mirrorServesLive = false): Match[] {
  const pairing = new PairById(new Roles(mirrorServesLive))
  for (const record of records) pairing.add(record, 0)
  return [...pairing.due(TTL), ...pairing.drain()]
}

/** `live>copy` by their lines, `live>` without a copy, `>copy` without a request. */
function written(matches: readonly Match[]): string[] {
  return matches
    .map((match) => {
      if (match.kind === 'orphan') return `>${match.copy.line}`
      return `${match.live.line}>${match.kind === 'pair' ? match.copy.line : ''}${match.attempts > 1 ? ` x${match.attempts}` : ''}`
    })
    .toSorted()
}

test('pairs by id, method and path together', () => {
  const records = [
    liveRecord({ line: 'a' }),
    liveRecord({ line: 'b', method: 'HEAD' }),
    copy({ line: 'c', path: '/other' }),
    copy({ line: 'B', method: 'HEAD' }),
    copy({ line: 'A' })
  ]
  expect(written(pairUp(records))).toEqual(['>c', 'a>A', 'b>B'])
})

test('takes the last attempt of a request that was tried again, and mirrored once', () => {
  const records = [
    liveRecord({ line: 'first', status: 503, at: 0, duration: 5 }),
    copy({ line: 'A', at: 1 }),
    liveRecord({ line: 'second', status: 503, at: 30, duration: 5 }),
    liveRecord({ line: 'third', at: 70 })
  ]
  expect(written(pairUp(records))).toEqual(['third>A x3'])
  expect(written(pairUp(records.filter(({ line }) => line !== 'A')))).toEqual(['third> x3'])
})

test('takes no error for an attempt of the next request where there are no ids', () => {
  const { id: _, ...nobody } = liveRecord()
  const records = [
    { ...nobody, line: 'a', status: 500, at: 0 },
    { ...nobody, line: 'b', at: 1000 },
    { ...nobody, ...copy({ line: 'A', at: 2 }), id: undefined }
  ] as RequestRecord[]
  expect(written(pairUp(records))).toEqual(['a>A', 'b>'])
})

test.each([0, 0.05])('without ids, misses hardly more than what was lost (%d), however long it runs', (lost) => {
  const next = random(1)
  const events = Array.from({ length: 3000 }, (_, index) => {
    // Stamped with the whole second in which the answer ended.
    const stamp = (time: number) => ({ time, at: Math.floor(time / 1000) * 1000 })
    const { id: _id, ...live } = liveRecord()
    const { id: __, ...its } = copy()
    const [here, there] = [stamp(index * 200 + next() * 300), stamp(index * 200 + next() * 300)]
    const sent = [{ time: here.time, record: { ...live, at: here.at } }]
    return next() < lost ? sent : [...sent, { time: there.time, record: { ...its, at: there.at } }]
  }).flat()
  const copies = events.filter(({ record }) => record.workload === 'mirror').length
  const pairing = new PairById(new Roles(false))
  const matches: Match[] = []
  let due = 0
  for (const { time, record } of events.toSorted((one, other) => one.time - other.time)) {
    for (; due <= time; due += 250) matches.push(...pairing.due(due))
    pairing.add(record, time)
  }
  matches.push(...pairing.drain())
  expect(matches.filter(({ kind }) => kind !== 'orphan')).toHaveLength(3000)
  const pairs = matches.filter(({ kind }) => kind === 'pair').length
  expect(pairs / copies).toBeGreaterThan(0.999)
})

test('keeps requests apart whose caller reused one id', () => {
  const records = [
    liveRecord({ line: 'a', at: 0, duration: 90 }),
    liveRecord({ line: 'b', at: 50 }),
    copy({ line: 'B', at: 52 }),
    copy({ line: 'A', at: 3, duration: 300 })
  ]
  expect(written(pairUp(records))).toEqual(['a>A', 'b>B'])
})

test('tells by the time which of several requests with one id was copied', () => {
  const lives = [0, 100, 200, 300].map((at) => liveRecord({ line: `${at}`, at }))
  expect(written(pairUp([...lives, copy({ line: 'A', at: 203 })]))).toEqual(['0>', '100>', '200>A', '300>'])
})

describe('on a split, where the mirrored version also answers live requests', () => {
  const named = (changes: Partial<RequestRecord>) => copy({ isCopy: true, ...changes })
  const live = (changes: Partial<RequestRecord>) => copy({ isCopy: false, forwarded: [], ...changes })

  test('tells a copy by its subset where x-forwarded-for is not logged', () => {
    const bare = { forwarded: undefined } as unknown as Partial<RequestRecord>
    const records = [
      liveRecord({ line: 'a', ...bare }),
      named({ line: 'A', ...bare }),
      live({ line: 'b', id: 'id-2', ...bare })
    ]
    expect(written(pairUp(records, true))).toEqual(['a>A', 'b>'])
  })

  test('tells a copy by its subset whose live request was not recorded, and whose sender is new', () => {
    expect(written(pairUp([named({ line: 'A', forwarded: ['192.0.2.1', '10.0.0.9'] })], true))).toEqual(['>A'])
  })

  test('takes no live request for a copy that comes from an address that sends copies', () => {
    const records = [
      liveRecord({ line: 'a' }),
      named({ line: 'A' }),
      live({ line: 'b', id: 'id-2', forwarded: ['10.0.0.7'] })
    ]
    expect(written(pairUp(records, true))).toEqual(['a>A', 'b>'])
  })

  test("believes x-forwarded-for, where another VirtualService's copies have no limit", () => {
    const records = [liveRecord({ line: 'a' }), live({ line: 'A', forwarded: ['10.0.0.9'] })]
    expect(written(pairUp(records, true))).toEqual(['a>A'])
  })
})

test('waits for the copy, then calls it missing', () => {
  const pairing = new PairById(new Roles(false))
  pairing.add(liveRecord(), 0)
  expect(pairing.due(TTL - 1)).toEqual([])
  expect(written(pairing.due(TTL))).toEqual(['live line>'])
  pairing.add(copy(), TTL + 1)
  expect(written(pairing.due(2 * TTL + 1))).toEqual(['>copy line'])
})

test('waits longer for another attempt of a failed request', () => {
  const pairing = new PairById(new Roles(false))
  pairing.add(liveRecord({ line: 'first', status: 503 }), 0)
  pairing.add(copy({ line: 'A' }), 0)
  expect(pairing.due(10_000)).toEqual([])
  pairing.add(liveRecord({ line: 'second', at: 10_000 }), 10_000)
  expect(pairing.waiting).toEqual({ requests: 1, unpaired: 0 })
  expect(pairing.due(12_999)).toEqual([])
  expect(written(pairing.due(13_000))).toEqual(['second>A x2'])
})

test('counts what waits anew when more has come, and when some was told', () => {
  const pairing = new PairById(new Roles(false))
  pairing.add(liveRecord(), 0)
  expect(pairing.waiting).toEqual({ requests: 1, unpaired: 1 })
  pairing.add(copy(), 0)
  expect(pairing.waiting).toEqual({ requests: 1, unpaired: 0 })
  pairing.due(TTL)
  expect(pairing.waiting).toEqual({ requests: 0, unpaired: 0 })
})

test('gives up the oldest when too many are waiting, counts them, and calls none missing that has not waited for long', () => {
  const pairing = new PairById(new Roles(false), { most: 10 })
  const add = (from: number, to: number, now: number): void => {
    for (let id = from; id < to; id++) pairing.add(liveRecord({ id: `${id}`, line: `${id}` }), now)
  }
  add(0, 15, 0)
  expect(written(pairing.due(0))).toEqual([])
  expect(pairing.overflowed).toBe(5)
  add(15, 18, 12_000)
  expect(written(pairing.due(12_000))).toEqual(['5>', '6>', '7>'])
  expect(pairing.overflowed).toBe(5)
})

test('keeps no more than its bound if the due matches are never taken, and gives up both halves of a request', () => {
  const pairing = new PairById(new Roles(false), { most: 10 })
  for (let id = 0; id < 100; id++) {
    pairing.add(liveRecord({ id: `${id}` }), 0)
    pairing.add(copy({ id: `${id}` }), 0)
  }
  const matches = pairing.drain()
  expect(matches.map(({ kind }) => kind)).toEqual(Array(10).fill('pair'))
  expect(pairing.overflowed).toBe(180)
})

test('waits for a baseline that is slower than both answers, where there is to be one', () => {
  const pairing = new PairById(new Roles(false), { awaitsBaseline: true })
  pairing.add(liveRecord(), 0)
  pairing.add(copy(), 0)
  expect(pairing.due(5000)).toEqual([])
  pairing.add(copy({ workload: 'live', line: 'again' }), 6000)
  expect(pairing.due(9000)).toMatchObject([{ kind: 'pair', baseline: { line: 'again' } }])
  pairing.add(liveRecord({ id: 'without' }), 10_000)
  pairing.add(copy({ id: 'without' }), 10_000)
  expect(written(pairing.due(25_000))).toEqual(['live line>copy line'])
})

test('without ids pairs by method, path and time, while requests keep coming', () => {
  const pairing = new PairById(new Roles(false))
  const found: Match[] = []
  for (let second = 0; second < 60; second++) {
    const at = second * 1000
    const { id: _, forwarded: __, ...live } = liveRecord({ line: `${second}`, at })
    const { id: ___, forwarded: ____, ...its } = copy({ line: `c${second}`, at })
    pairing.add(live, at)
    if (second !== 30) pairing.add(its, at + 200)
    found.push(...pairing.due(at + 500))
  }
  expect(found.length).toBeGreaterThan(45)
  const all = [...found, ...pairing.drain()]
  expect(written(all)).toEqual(
    Array.from({ length: 60 }, (_, second) => (second === 30 ? '30>' : `${second}>c${second}`)).toSorted()
  )
})

test('pairs rightly whatever the order in which records arrive (property)', () => {
  const request = fc.record({
    id: fc.integer({ min: 0, max: 30 }),
    canary: fc.boolean(),
    gateway: fc.boolean(),
    copied: fc.boolean(),
    failures: fc.integer({ min: 0, max: 2 })
  })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (requests, order) => {
      const records: RequestRecord[] = []
      const expected: string[] = []
      requests.forEach(({ id, canary, gateway, copied, failures }, index) => {
        // A caller that reuses an id does so for different paths here: the rest is a matter of time, tested above.
        const common = { id: `id-${id}`, path: `/${index}` }
        const client = gateway ? ['192.0.2.1'] : []
        const workload = canary ? 'mirror' : 'live'
        for (let attempt = 0; attempt <= failures; attempt++) {
          const status = attempt === failures ? 200 : 503
          records.push(
            liveRecord({
              ...common,
              workload,
              status,
              at: attempt * 50,
              forwarded: client,
              line: `${index}.${attempt}`
            })
          )
        }
        const sender = gateway ? '10.0.0.9' : '10.0.0.7'
        if (copied) records.push(copy({ ...common, forwarded: [...client, sender], line: `c${index}` }))
        const times = failures > 0 ? ` x${failures + 1}` : ''
        expected.push(`${index}.${failures}>${copied ? `c${index}` : ''}${times}`)
      })
      const shuffled = records
        .map((record) => ({ record, key: order.next().value! }))
        .toSorted((one, other) => one.key - other.key)
        .map(({ record }) => record)
      expect(written(pairUp(shuffled, true))).toEqual(expected.toSorted())
    })
  )
})
