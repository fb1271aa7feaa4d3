// The part "admission": our webhook beside its peers, the same review over HTTPS. Knows no page.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLoad, type Load } from './load.ts'
import { absolute, ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import { assertSameEdit, createReview, rightAnswer } from './review.ts'
import { ask, SERVERS, startServer, type Server, type ServerName } from './servers.ts'
import type { Stage } from './stage.ts'

const NAMES = Object.keys(SERVERS) as ServerName[]
const ROUNDS = 5
const CONNECTIONS = 25
const SECONDS = { warm: 2, busy: 1.5, single: 0.7 }
/** From its first response on, until what a server still does then is done. */
const IDLE_AFTER_MS = 10_000

export const ADMISSION: Part = {
  name: 'admission',
  title: 'Admission',
  about:
    'One AdmissionReview (an update of a VirtualService with 20 rules, about 12 kB) sent over HTTPS with keep-alive to ' +
    'our webhook, to a bare node:https server that parses it and answers a constant, to the edit as most would write it ' +
    '(express.json, structuredClone, compare of the whole object), to a Pepr module and to a controller-runtime webhook ' +
    '(PatchResponseFromRaw). Each answer is first checked to make the same object. One process each; the load comes from ' +
    'another process. Idle: ten seconds after its first answer; ours is then the leader of a cluster without VirtualServices.',
  measures: [
    { key: 'perSecond', label: '25 connections', unit: 'requests/s', digits: 0 },
    { key: 'p50', label: 'p50', unit: 'ms', digits: 1 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 1 },
    { key: 'processor', label: 'processor time', unit: 'ms/request', digits: 3 },
    { key: 'p50Single', label: 'p50, 1 connection', unit: 'ms', digits: 2 },
    { key: 'p99Single', label: 'p99, 1 connection', unit: 'ms', digits: 2 },
    { key: 'idle', label: 'memory, idle', unit: 'MB', digits: 0 },
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
    await sleep(IDLE_AFTER_MS)
    for (const [name, { process }] of servers) add(name, { idle: process.memory().now })
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
  type Bound = Pick<Claim, 'bound' | 'limit' | 'why'>
  const claim = (says: string, to: ServerName, measure: string, bound: Bound): Claim =>
    ratio({ says: `${says} of ${SERVERS[to]}`, of, to: row(to), measure, ...bound })
  const own = (says: string, measure: 'idle' | 'peak' | 'ready', unit: string, limit: number, why = WHY[measure]) =>
    absolute({ says, of, measure, bound: 'at most', limit, why }, unit)
  return [
    claim('requests/s', 'pepr', 'perSecond', { bound: 'at least', limit: 6, why: WHY.perSecond }),
    claim('requests/s', 'go', 'perSecond', { bound: 'at least', limit: 4, why: WHY.goPerSecond }),
    claim('requests/s', 'compare', 'perSecond', { bound: 'at least', limit: 1.6, why: WHY.perSecond }),
    claim('requests/s', 'bare', 'perSecond', { bound: 'at least', limit: 0.55, why: WHY.perSecond }),
    claim('p99', 'pepr', 'p99', { bound: 'at most', limit: 0.25, why: WHY.p99 }),
    claim('p99', 'go', 'p99', { bound: 'at most', limit: 0.25, why: WHY.p99 }),
    claim('p99', 'bare', 'p99', { bound: 'at most', limit: 1.8, why: WHY.p99 }),
    claim('peak memory', 'pepr', 'peak', { bound: 'at most', limit: 0.6, why: WHY.peak }),
    own('memory, idle', 'idle', 'MB', 65),
    own('peak memory', 'peak', 'MB', 128),
    own('start to first answer', 'ready', 'ms', 300)
  ]
}

/** By measure, of a claim that does not hold. */
const WHY = {
  perSecond:
    'every server here spends its time on TLS and on parsing the review; ours also reads the intent, plans, edits, tries the ' +
    'patch before it is sent, writes a line of log and counts. The profile is below.',
  goPerSecond:
    'the Go program answers on both cores, ours on one; a request costs it more processor time (see that column).',
  p99: 'on one thread a response waits for those of the other 24 connections, so p99 follows the time that a request takes.',
  peak: 'the bare server’s is the floor: Node, its young generation and the bodies of 25 connections.',
  idle: 'the bare server’s is the floor: Node with TLS. Ours has its code, its watches and its metrics besides.',
  ready:
    'after Node and its own code it reads its certificate, its policy and the first lists of what it watches from the API ' +
    'server before it answers; the bare server needs none of these.'
} as const
