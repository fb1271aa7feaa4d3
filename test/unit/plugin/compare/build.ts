// Builds records for the tests of compare.
import { PairById } from '../../../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../../../plugin/compare/pairing/role.ts'
import { Redactor } from '../../../../plugin/compare/responses/redact.ts'
import { FieldsTally } from '../../../../plugin/compare/statistics/field-tally.ts'
import { Run } from '../../../../plugin/compare/statistics/run.ts'
import { Tally } from '../../../../plugin/compare/statistics/tally.ts'
import type { RequestRecord } from '../../../../plugin/compare/sources/record.ts'
import { BodyBudget } from '../../../../plugin/compare/tap/body-budget.ts'

export const SUBJECT = {
  name: 'shop',
  namespace: 'shopping',
  context: 'sandbox',
  live: ['v1'],
  mirror: 'v2',
  percent: 100,
  mirrorServesLive: false,
  source: { name: 'access logs', approximate: false, blindTo: '' }
}

export function liveRecord(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    workload: 'live',
    pod: 'httpbin-v1-a',
    at: 0,
    id: 'id-1',
    method: 'GET',
    path: '/get',
    status: 200,
    bytes: 100,
    duration: 10,
    forwarded: [],
    line: 'live line',
    ...changes
  }
}

export function copy(changes: Partial<RequestRecord> = {}): RequestRecord {
  return liveRecord({
    workload: 'mirror',
    pod: 'httpbin-v2-a',
    at: 1,
    forwarded: ['10.0.0.7'],
    line: 'copy line',
    ...changes
  })
}

/** The same numbers each time (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A tally of pairs that `make` describes by their number. */
export function tallyOf(
  pairs: number,
  make: (index: number) => [Partial<RequestRecord>, Partial<RequestRecord>]
): Tally {
  const tally = new Tally({ random: random(1) })
  for (let index = 0; index < pairs; index++) {
    const [live, its] = make(index)
    tally.add({ kind: 'pair', live: liveRecord(live), copy: copy(its), attempts: 1, since: 0 }, 1)
  }
  return tally
}

/** A run of whole responses, of which nothing is ignored and nothing redacted but what always is. */
export function runOfResponses({ withExamples = false, baseline = false } = {}): { run: Run; budget: BodyBudget } {
  const budget = new BodyBudget()
  const ignored = { field: () => false, header: () => false }
  const options = { ignored, redactor: new Redactor([]), withExamples, baseline, restrictions: [], budget }
  const window = { opened: -60_000, backlog: false, follow: true }
  return { run: new Run(new PairById(new Roles(false)), () => 1, window, new FieldsTally(options)), budget }
}
