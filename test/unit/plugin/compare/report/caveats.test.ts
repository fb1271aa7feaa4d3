import { expect, test } from 'vitest'
import { caveats } from '../../../../../plugin/compare/report/caveats.ts'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import type { RequestRecord } from '../../../../../plugin/compare/sources/record.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { summarise } from '../../../../../plugin/compare/statistics/summary.ts'
import { copy, liveRecord, SUBJECT } from '../build.ts'

function said(records: readonly RequestRecord[], mirrorServesLive = false, subject = {}): string {
  const window = { opened: -60_000, backlog: false, follow: true }
  const run = new Run(new PairById(new Roles(mirrorServesLive)), () => 1, window)
  for (const record of records) run.take(record, 0)
  run.end(120_000)
  return caveats(summarise({ ...SUBJECT, mirrorServesLive, ...subject }, run, [])).join('\n')
}

const { id: _, ...anonymous } = liveRecord()
const { forwarded: __, ...unforwarded } = copy()

test('have nothing to say of whole records', () => {
  expect(said([liveRecord(), copy()])).not.toMatch(/Records (of|without)|No record/)
})

test('do not let pairs without an id pass for exact', () => {
  expect(said([anonymous, copy()])).toContain('Records without a request id: 1.')
})

test('doubt copies on a split whose records do not show who forwarded them', () => {
  expect(said([liveRecord(), unforwarded], true)).toContain('Records of v2 without x-forwarded-for: 1.')
  expect(said([liveRecord(), unforwarded])).not.toContain('x-forwarded-for')
})

test('do not doubt them where the records show that their caller sent them as copies, or not', () => {
  expect(said([liveRecord(), { ...unforwarded, isCopy: true }], true)).not.toContain('x-forwarded-for')
})

test('say that the pods may have sent requests themselves, where the records do not tell', () => {
  expect(said([liveRecord({ directionUnknown: true }), copy()])).toContain('Records without %UPSTREAM_CLUSTER%: 1.')
})

test('say where to look for the cause of missing copies', () => {
  const half = [...Array(100).keys()].map((index) => liveRecord({ id: `${index}`, at: index }))
  expect(said([...half, copy({ id: '0' })])).toContain(
    'kubectl mirror check shop -n shopping --context sandbox looks for the cause of missing'
  )
  expect(said([liveRecord(), copy()])).not.toContain('kubectl mirror check')
})

test('say that missing copies may be the limit at work, where there is one, and only of missing copies', () => {
  const half = [...Array(100).keys()].map((index) => liveRecord({ id: `${index}`, at: index }))
  const dropped =
    "Missing copies may have been dropped by the mirror's limit: a caller that has 64 copies open to v2 drops"
  expect(said([...half, copy({ id: '0' })], false, { limit: 64 })).toContain(dropped)
  expect(said([...half, copy({ id: '0' })])).not.toContain('limit')
  expect(said([liveRecord(), copy()], false, { limit: 64 })).not.toContain('limit')
})

test('do not let a version of which nothing was read pass for one without copies', () => {
  expect(said([liveRecord()])).toContain('No record of v2 was read: no copy reached it, or its pods do not log')
  expect(said([copy()])).toContain('No record of v1 was read')
})

test('say why no record may have come, where that is known', () => {
  const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
  run.end(120_000)
  const source = { ...SUBJECT.source, ifSilent: 'the access logs of v2 are off' }
  const text = caveats(summarise({ ...SUBJECT, source }, run, [])).join('\n')
  expect(text).toContain('No live request was seen.\nthe access logs of v2 are off.')
})
