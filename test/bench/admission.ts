// The part "admission": our webhook beside its peers, the same review over HTTPS. Knows no page.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startLoad, type Load } from './load.ts'
import { ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import { assertSameEdit, createReview, rightAnswer } from './review.ts'
import { ask, SERVERS, startServer, type Server, type ServerName } from './servers.ts'
import type { Stage } from './stage.ts'

const NAMES = Object.keys(SERVERS) as ServerName[]
const ROUNDS = 5
const CONNECTIONS = 25
const SECONDS = { warm: 2, busy: 1.5, single: 0.7 }

export const ADMISSION: Part = {
  name: 'admission',
  title: 'Admission',
  about:
    'One AdmissionReview (an update of a VirtualService with 20 rules, about 12 kB) sent over HTTPS with keep-alive to ' +
    'our webhook, to a bare node:https server that parses it and answers a constant, to the edit as most would write it ' +
    '(express.json, structuredClone, compare of the whole object), to a Pepr module and to a controller-runtime webhook ' +
    '(PatchResponseFromRaw). Each answer is first checked to make the same object. One process each; the load comes from ' +
    'another process.',
  measures: [
    { key: 'perSecond', label: '25 connections', unit: 'requests/s', digits: 0 },
    { key: 'p50', label: 'p50', unit: 'ms', digits: 1 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 1 },
    { key: 'processor', label: 'processor time', unit: 'ms/request', digits: 3 },
    { key: 'p50Single', label: 'p50, 1 connection', unit: 'ms', digits: 2 },
    { key: 'p99Single', label: 'p99, 1 connection', unit: 'ms', digits: 2 },
    { key: 'peak', label: 'peak memory', unit: 'MB', digits: 0 },
    { key: 'ready', label: 'start to first answer', unit: 'ms', digits: 0 }
  ],
  plots: [
    { measure: 'perSecond', title: 'Reviews per second, 25 connections' },
    { measure: 'p99', title: 'p99, ms, 25 connections' },
    { measure: 'peak', title: 'Peak memory, MB' }
  ],
  run: runAdmission
}

async function runAdmission(stage: Stage, say: (text: string) => void): Promise<Findings> {
  const review = createReview(20)
  const body = join(stage.folder, 'review.json')
  await writeFile(body, review.bytes)
  await writeFile(join(stage.folder, 'answer.json'), rightAnswer(review))
  const samples = Object.fromEntries(NAMES.map((name) => [name, {}])) as Record<ServerName, Record<string, number[]>>
  const add = (name: ServerName, values: Record<string, number>): void => {
    for (const [key, value] of Object.entries(values)) (samples[name][key] ??= []).push(value)
  }
  const load = startLoad()
  const servers = new Map<ServerName, Server>()
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of NAMES) {
        await servers.get(name)?.process.stop()
        const server = await startServer(name, stage, review.bytes)
        servers.set(name, server)
        add(name, { ready: server.readyAfter })
        if (round === 0) assertSameEdit(SERVERS[name], await ask(server.url, review.bytes), review)
      }
      say(`starts ${round + 1} of ${ROUNDS}`)
    }
    for (const server of servers.values()) {
      await load.run({ url: server.url, body, connections: CONNECTIONS, seconds: SECONDS.warm })
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, server] of servers) add(name, await measureOnce(server, load, body))
      say(`round ${round + 1} of ${ROUNDS}`)
    }
  } finally {
    load.stop()
    await Promise.all([...servers.values()].map(({ process }) => process.stop()))
  }
  const rows = NAMES.map((name): Row => ({ name, label: SERVERS[name], samples: samples[name] }))
  return { rows, claims: claims(rows) }
}

async function measureOnce({ url, process }: Server, load: Load, body: string): Promise<Record<string, number>> {
  const before = process.processorTime()
  const busy = await load.run({ url, body, connections: CONNECTIONS, seconds: SECONDS.busy })
  const processor = (process.processorTime() - before) / busy.requests
  const single = await load.run({ url, body, connections: 1, seconds: SECONDS.single })
  const { perSecond, p50, p99 } = busy
  return { perSecond, p50, p99, processor, p50Single: single.p50, p99Single: single.p99, peak: process.memory().peak }
}

function claims(rows: readonly Row[]): Claim[] {
  const row = (name: ServerName): Row => rows.find((one) => one.name === name)!
  const of = row('ours')
  const claim = (says: string, to: ServerName, measure: string, bound: Claim['bound'], limit: number): Claim =>
    ratio({ says: `${says} of ${SERVERS[to]}`, of, to: row(to), measure, bound, limit })
  return [
    claim('requests/s', 'pepr', 'perSecond', 'at least', 6),
    claim('requests/s', 'go', 'perSecond', 'at least', 4),
    claim('requests/s', 'compare', 'perSecond', 'at least', 1.7),
    claim('requests/s', 'bare', 'perSecond', 'at least', 0.7),
    claim('p99', 'pepr', 'p99', 'at most', 0.25),
    claim('p99', 'go', 'p99', 'at most', 0.25),
    claim('peak memory', 'pepr', 'peak', 'at most', 0.6)
  ]
}
