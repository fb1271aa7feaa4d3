// The part "controller": what our webhook, which watches every VirtualService, holds and asks for as they grow in number.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../webhook/kubernetes/client.ts'
import { interposeOurs } from './interpose.ts'
import { difference, type Claim, type Findings, type Part, type Row } from './part.ts'
import { nameOf, populate, VIRTUAL_SERVICES } from './population.ts'
import { createReview } from './review.ts'
import { startServer, type Server } from './servers.ts'
import type { Stage } from './stage.ts'

const SIZES = [0, 1000, 10_000]
/** It looks once at everything that is mirrored, at its own pace. */
const SETTLED_WITHIN_MS = 90_000
const SETTLED_CALLS = 5
const LOOKS = 5
const LOOK_EVERY_MS = 2000
const WRITES_PER_SECOND = 50

export const CONTROLLER: Part = {
  name: 'controller',
  title: 'Controller',
  about:
    'One replica of our webhook, the leader, freshly started beside ever more VirtualServices: resident memory and requests ' +
    'to the API server (counted there, by a FlowSchema of its own), first idle, then while fifty VirtualServices a second ' +
    'are written, one in ten of them mirrored.',
  measures: [
    { key: 'idle', label: 'memory, idle', unit: 'MB', digits: 0 },
    { key: 'busy', label: 'memory, 50 writes/s', unit: 'MB', digits: 0 },
    { key: 'peak', label: 'peak memory', unit: 'MB', digits: 0 },
    { key: 'startCalls', label: 'requests to start', unit: '', digits: 0 },
    { key: 'idleCalls', label: 'requests, idle', unit: '1/s', digits: 1 },
    { key: 'busyCalls', label: 'requests, 50 writes/s', unit: '1/s', digits: 1 },
    { key: 'processor', label: 'processor, 50 writes/s', unit: '%', digits: 1 }
  ],
  plots: [{ measure: 'idle', title: 'Memory of an idle replica, MB', x: 'VirtualServices' }],
  run: runController
}

async function runController(stage: Stage, say: (text: string) => void): Promise<Findings> {
  await countCalls(stage.api)
  const rows: Row[] = []
  for (const size of SIZES) {
    await populate(stage.api, size, say)
    say(`${size} VirtualServices`)
    const before = await callsOf(stage.api)
    const server = await startServer('ours', stage, createReview(1).bytes)
    try {
      await interposeOurs(stage, server.url)
      await untilSettled(stage.api)
      const startCalls = [(await callsOf(stage.api)) - before]
      const label = `${size.toLocaleString('en')} VirtualServices`
      const samples = { ...(await watch(stage.api, server, size)), startCalls }
      rows.push({ name: label, label, x: size, samples })
    } finally {
      await server.process.stop()
    }
  }
  const claim = (says: string, measure: string): Claim =>
    difference({ says, of: rows.at(-1)!, to: rows[0]!, measure, bound: 'at most', limit: 60 }, 'MB')
  return {
    rows,
    claims: [
      claim('memory with 10,000 VirtualServices, above that with none', 'idle'),
      claim('the same under writes', 'busy')
    ]
  }
}

async function untilSettled(api: Cluster): Promise<void> {
  const end = Date.now() + SETTLED_WITHIN_MS
  let asked = Number.POSITIVE_INFINITY
  while (asked > SETTLED_CALLS && Date.now() < end) {
    const before = await callsOf(api)
    await sleep(LOOK_EVERY_MS * 2)
    asked = (await callsOf(api)) - before
  }
}

async function watch(api: Cluster, { process }: Server, size: number): Promise<Record<string, number[]>> {
  const seconds = (LOOKS * LOOK_EVERY_MS) / 1000
  const calls = [await callsOf(api)]
  const idle = await look(() => process.memory().now)
  calls.push(await callsOf(api))
  const before = process.processorTime()
  const writing = keepWriting(api, size)
  const busy = await look(() => process.memory().now)
  await writing
  calls.push(await callsOf(api))
  return {
    idle,
    busy,
    peak: [process.memory().peak],
    idleCalls: [(calls[1]! - calls[0]!) / seconds],
    busyCalls: [(calls[2]! - calls[1]!) / seconds],
    processor: [((process.processorTime() - before) / (seconds * 1000)) * 100]
  }
}

async function look(at: () => number): Promise<number[]> {
  const seen: number[] = []
  while (seen.length < LOOKS) {
    await sleep(LOOK_EVERY_MS)
    seen.push(at())
  }
  return seen
}

/** While it is watched; a write that comes late does not hold up the next. */
async function keepWriting(api: Cluster, size: number): Promise<void> {
  if (size === 0) return
  const writes: Promise<unknown>[] = []
  const started = performance.now()
  for (let count = 0; count < (WRITES_PER_SECOND * LOOKS * LOOK_EVERY_MS) / 1000; count++) {
    await sleep(Math.max(0, started + (count * 1000) / WRITES_PER_SECOND - performance.now()))
    const path = `${VIRTUAL_SERVICES}/${nameOf((count * 7) % size)}`
    const body = { metadata: { annotations: { tick: String(count) } } }
    writes.push(api.send('PATCH', path, { contentType: 'application/merge-patch+json', body }))
  }
  await Promise.all(writes)
}

const FLOW = 'bench-kubectl-mirror'

/** The API server counts by FlowSchema: this one is for our service account alone. */
async function countCalls(api: Cluster): Promise<void> {
  const serviceAccount = { name: 'kubectl-mirror', namespace: 'kubectl-mirror' }
  const any = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }
  const rules = [{ subjects: [{ kind: 'ServiceAccount', serviceAccount }], resourceRules: [any] }]
  const priorityLevelConfiguration = { name: 'workload-low' }
  await api.send('POST', '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', {
    body: { metadata: { name: FLOW }, spec: { priorityLevelConfiguration, matchingPrecedence: 100, rules } }
  })
}

async function callsOf(api: Cluster): Promise<number> {
  const text = await readText(api, '/metrics')
  const line = new RegExp(`^apiserver_flowcontrol_dispatched_requests_total\\{flow_schema="${FLOW}".*\\} (\\d+)$`, 'm')
  return Number(line.exec(text)?.[1] ?? 0)
}

async function readText(api: Cluster, path: string): Promise<string> {
  const response = await api.open(path, { accept: 'text/plain', signal: AbortSignal.timeout(15_000) })
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string // it is set to decode
  return text
}
