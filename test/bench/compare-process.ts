// What `compare` does with both versions' logs, from their bytes to its table, in a process of its own. Knows no cluster.
//
// Arguments: the live version's log, the other's (or `-`), how far, and a file for its report. How far: `parse` (each line becomes a
// record), `judge` (records are matched, counted and judged) or `wait` (they stay unmatched).
import { createReadStream, writeFileSync } from 'node:fs'
import { expectationOf } from '../../plugin/compare/pairing/expectation.ts'
import { PairById } from '../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../plugin/compare/pairing/role.ts'
import { renderTable } from '../../plugin/compare/report/table.ts'
import { keepHeapSmall } from '../../plugin/compare/small-heap.ts'
import { proxyLog } from '../../plugin/compare/sources/access-log.ts'
import type { RequestRecord, Workload } from '../../plugin/compare/sources/record.ts'
import { Run } from '../../plugin/compare/statistics/run.ts'
import { summarise } from '../../plugin/compare/statistics/summary.ts'
import { LineSplitter } from '../../plugin/follow/line-splitter.ts'
import { isStamped } from '../../plugin/follow/line.ts'
import { Merge, REAL_TIME } from '../../plugin/follow/merge.ts'

export interface CompareReport {
  readonly records: number
  readonly requests: number
  readonly matched: number
  /** MB, at the end. */
  readonly resident: number
}

/** As often as a run looks for matches that are final. */
const TICK = 250
const MOST_BYTES_AT_ONCE = 64 * 1024

const TARGET = { host: 'shop', subset: 'v2', percent: 100 }
const SUBJECT = {
  name: 'shop',
  namespace: 'prod',
  context: 'bench',
  live: ['v1'],
  mirror: 'v2',
  percent: 100,
  mirrorServesLive: false,
  source: { name: 'access logs', approximate: false, blindTo: '' }
}

const [live = '', mirror = '', far, report = ''] = process.argv.slice(2)
keepHeapSmall()
const run = makeRun()
let records = 0
let opened = 0
let looked = 0

await readAll((record) => {
  records++
  if (far === 'parse') return
  // By the records' own clock, as if they came at their rate.
  const now = record.at
  opened ||= now
  run.take(record, now)
  if (far === 'wait' || now - looked < TICK) return
  looked = now
  run.tick(now)
})
if (far === 'judge') {
  run.end(looked + 60_000)
  renderTable(summarise(SUBJECT, run, []), { paint: (_, text) => text })
}
const matched = [...run.tally.endpoints.values()].reduce((sum, { copied }) => sum + copied, 0)
const resident = process.memoryUsage.rss() / 2 ** 20
const found: CompareReport = { records, requests: run.requests, matched, resident }
writeFileSync(report, JSON.stringify(found))

function makeRun(): Run {
  const rule = {
    route: [{ destination: { host: 'shop', subset: 'v1' } }],
    mirror: { host: 'shop', subset: 'v2' },
    mirrorPercentage: { value: 100 }
  }
  const expectation = expectationOf(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'shop', namespace: 'prod' },
      spec: { hosts: ['shop'], http: [rule] }
    },
    TARGET
  )
  return new Run(new PairById(new Roles(false)), expectation, { opened: 0, backlog: true, follow: true })
}

/** In the order of time, as the follower of logs merges them. */
async function readAll(take: (record: RequestRecord) => void): Promise<void> {
  const read = proxyLog()
  const merge = new Merge<Workload>({
    emit: (workload, line) => {
      const text = line.bytes.toString('utf8', line.content, line.end)
      const at = line.seconds * 1000 + Math.floor(line.nanos / 1e6)
      const record = read(text, { workload, pod: workload, at })
      if (record === undefined || record === 'unread') throw new Error(`this line is no record: ${text}`)
      take(record)
    },
    flush: () => undefined,
    ...REAL_TIME
  })
  const readOne = async (workload: Workload, file: string): Promise<void> => {
    if (file === '-') return
    const lane = merge.lane(workload)
    const splitter = new LineSplitter()
    lane.open()
    const chunks = createReadStream(file, { highWaterMark: MOST_BYTES_AT_ONCE }) as AsyncIterable<Buffer>
    for await (const chunk of chunks) await lane.write(splitter.split(chunk).filter(isStamped))
    lane.close()
  }
  await Promise.all([readOne('live', live), readOne('mirror', mirror)])
  await merge.drain()
}
