import { describe, expect, it } from 'vitest'
import { PairById, TTL } from '../../../plugin/compare/pair.ts'
import { Roles } from '../../../plugin/compare/role.ts'
import { Run, type Window } from '../../../plugin/compare/run.ts'
import { copy, exchange } from './build.ts'

const LIVE: Window = { opened: 0, backlog: false, follow: true }

function start(window: Window): Run {
  return new Run(new PairById(new Roles(false)), () => 1, window)
}

describe('Run', () => {
  it('does not miss the copy of a request that came while the logs were being opened', () => {
    const run = start(LIVE)
    run.take(exchange({ id: 'early' }), 1000)
    run.take(exchange({ id: 'later' }), 5000)
    run.tick(5000 + TTL)
    expect([...run.tally.endpoints.values()]).toMatchObject([{ requests: 1, copied: 0 }])
  })

  it('does not miss the copy of a request that came just before the end', () => {
    const run = start(LIVE)
    run.take(exchange({ id: 'a' }), 10_000)
    run.take(exchange({ id: 'b' }), 14_000)
    run.end(15_000)
    expect(run.requests).toBe(1)
  })

  it('tells apart what is unpaired while connections from before still carry requests unseen', () => {
    const run = start({ ...LIVE, settled: 5000 })
    run.take(exchange({ id: 'early' }), 4000)
    run.take(exchange({ id: 'later' }), 6000)
    run.end(60_000)
    expect([run.requests, run.unsettled]).toEqual([2, 1])
  })

  it('where a part is mirrored, leaves pairs of the edges out of what is missing: their like without a copy are too', () => {
    const run = new Run(new PairById(new Roles(false)), () => 0.5, LIVE)
    for (let index = 0; index < 100; index++) {
      const id = `${index}`
      // Half of the run is at its edge; one in four was copied.
      const now = index < 50 ? 1000 : 10_000
      run.take(exchange({ id }), now)
      if (index % 4 === 0) run.take(copy({ id }), now)
    }
    run.end(60_000)
    expect([...run.tally.endpoints.values()]).toMatchObject([{ known: 50, expected: 25, arrived: 12, copied: 25 }])
  })

  it('counts pairs near the edges all the same', () => {
    const run = start(LIVE)
    run.take(exchange(), 100)
    run.take(copy(), 100)
    run.end(200)
    expect(run.requests).toBe(1)
  })

  it('after its end counts and awaits the copies of what was before, and no more requests', () => {
    const run = start(LIVE)
    run.take(exchange({ id: 'a', at: 100 }), 5000)
    run.close()
    run.take(exchange({ id: 'b', at: 200 }), 5100)
    expect(run.waiting).toEqual({ requests: 1, unpaired: 1 })
    // v2 is busy: the copy arrived there after the last request of the run, and later ones too.
    run.take(copy({ id: 'a', at: 250 }), 5200)
    expect(run.waiting).toEqual({ requests: 1, unpaired: 0 })
    run.take(copy({ id: 'c', at: 260 }), 5300)
    run.end(15_000)
    expect([...run.tally.endpoints.values()]).toMatchObject([{ requests: 1, copied: 1, orphans: 0 }])
  })

  it('after its end takes the last attempt of a request, and a request whose copy was read first', () => {
    const run = start(LIVE)
    run.take(exchange({ id: 'a', at: 90, status: 503, duration: 5 }), 5000)
    run.take(exchange({ id: 'c', at: 100 }), 5000)
    run.close()
    run.take(copy({ id: 'b', at: 101 }), 5100)
    run.take(exchange({ id: 'b', at: 99 }), 5200)
    run.take(exchange({ id: 'a', at: 110 }), 5200)
    for (const id of ['a', 'c']) run.take(copy({ id, at: 120 }), 5300)
    expect(run.end(15_000).map(({ match }) => match)).toMatchObject([
      { kind: 'pair', attempts: 2, live: { status: 200 } },
      { kind: 'pair', live: { id: 'c' } },
      { kind: 'pair', live: { id: 'b' } }
    ])
  })

  it('of what was logged before begins where the logs of both versions do', () => {
    const run = start({ opened: 0, backlog: true, follow: false })
    for (let second = 0; second < 60; second++) {
      const [at, id] = [second * 1000, `${second}`]
      run.take(exchange({ id, at }), 10)
      // The other version's log was rotated: it begins at 20 s. One copy is really missing, at 40 s.
      if (second >= 20 && second !== 40) run.take(copy({ id, at: at + 1 }), 10)
    }
    run.end(20)
    expect([...run.tally.endpoints.values()]).toMatchObject([{ requests: 40, copied: 39 }])
  })
})
