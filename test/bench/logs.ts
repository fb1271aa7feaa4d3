// The part "logs": following both versions' logs, beside kubectl and stern on the same pods of the sandbox. Knows no page.
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { application } from '../e2e/logs/application.ts'
import { buildPrograms } from '../sandbox/build.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { APPLICATION_IMAGE } from '../sandbox/recipes.ts'
import { follow, FOLLOWERS, readWhole, type FollowerName, type Tools } from './followers.ts'
import { difference, ratio, type Findings, type Part, type Row } from './part.ts'
import type { Stage } from './stage.ts'
import { median } from './statistics.ts'

const run = promisify(execFile)
const NAMESPACE = 'bench-logs'
const LINES = 60_000
/** Many: it is mostly the cluster's time, which varies by a quarter from one reading to the next. */
const WHOLE_ROUNDS = 9
const RATE_ROUNDS = 2
const RATE_SECONDS = 60
const DELAY_ROUNDS = 5
const DELAY_SECONDS = 10
/** Followers start, connect and warm up before anything counts. */
const WARM_UP = 5000

const ACCESS_LINE = `127.0.0.6 - - [23/Nov/2026:02:15:44 +0000] "GET /headers?n=%d HTTP/1.1" 200 342 "-" "curl/8.5.0"\\n`

/** Slowly enough that the kubelet does not rotate the log: then it could not be read whole. */
const WHOLE = `
import sys, time
for n in range(${LINES}):
  sys.stdout.write('${ACCESS_LINE}' % n)
  if n % 1000 == 999: sys.stdout.flush(); time.sleep(0.05)
time.sleep(1e6)
`

const RATE = `
import sys, time
n, due = 0, time.time()
while True:
  for _ in range(20):
    n += 1
    sys.stdout.write('${ACCESS_LINE}' % n)
  sys.stdout.flush()
  due += 0.01
  time.sleep(max(0, due - time.time()))
`

const TICK = `
import time
while True:
  print('%.6f' % time.time(), flush=True)
  time.sleep(0.1)
`

export const LOGS: Part = {
  name: 'logs',
  title: 'Logs',
  about:
    `Both versions' logs on the sandbox, beside kubectl and stern on the same pods. Whole: two logs of ${LINES} lines, ` +
    'one program after the other. Followed: 2 × 2,000 lines a second, the three at the same time, memory after a ' +
    'minute and what it had grown since the half. Delay: from the time that the application prints to the time that the line ' +
    'is read from the follower, a line every 0.1 s, the three at the same time.',
  measures: [
    { key: 'whole', label: 'whole logs', unit: 's', digits: 2 },
    { key: 'processor', label: 'processor time, 60 s followed', unit: 's', digits: 2 },
    { key: 'memory', label: 'memory', unit: 'MB', digits: 0 },
    { key: 'growth', label: 'growth', unit: 'MB', digits: 1 },
    { key: 'delay', label: 'median delay', unit: 'ms', digits: 2 }
  ],
  plots: [
    { measure: 'whole', title: `Two logs of ${LINES} lines, s` },
    { measure: 'delay', title: 'Median delay of a line, ms' }
  ],
  run: runLogs
}

type Samples = Record<'whole' | 'processor' | 'memory' | 'growth' | 'delay', number[]>

async function runLogs(stage: Stage, say: (text: string) => void): Promise<Findings> {
  const { session, folder, dist, sandbox } = stage
  await sandbox.open(say)
  const { stern } = await buildPrograms(['stern'], session, say)
  const kubectl = join(toolsFolder(session.place), 'kubectl')
  const { kubeconfig } = session.place
  const tools: Tools = { plugin: join(dist, 'kubectl-mirror'), stern, kubectl, kubeconfig, namespace: NAMESPACE }
  const samples = FOLLOWERS.map((): Samples => ({ whole: [], processor: [], memory: [], growth: [], delay: [] }))
  await kube(tools, ['create', 'namespace', NAMESPACE])
  try {
    await withApplication(tools, 'whole', WHOLE, async () => {
      // A line in a thousand is a pause of 50 ms: 3 s.
      await sleep(WARM_UP + 5000)
      for (let round = 0; round < WHOLE_ROUNDS; round++) {
        await measureWhole(tools, join(folder, 'whole.log'), samples, round)
        say(`whole logs, round ${round + 1} of ${WHOLE_ROUNDS}`)
      }
    })
    await withApplication(tools, 'tick', TICK, async () => {
      for (let round = 0; round < DELAY_ROUNDS; round++) {
        await measureDelay(tools, samples)
        say(`delay, round ${round + 1} of ${DELAY_ROUNDS}`)
      }
    })
    await withApplication(tools, 'rate', RATE, async () => {
      for (let round = 0; round < RATE_ROUNDS; round++) {
        await measureRate(tools, samples)
        say(`followed, round ${round + 1} of ${RATE_ROUNDS}`)
      }
    })
  } finally {
    await kube(tools, ['delete', 'namespace', NAMESPACE, '--wait=false'])
  }
  return {
    rows: FOLLOWERS.map((follower, index): Row => ({ ...follower, samples: samples[index]! })),
    claims: claims(samples)
  }
}

async function measureWhole(tools: Tools, file: string, samples: readonly Samples[], round: number): Promise<void> {
  // In another order each round: the kubelet's caches warm up for the next.
  const order = FOLLOWERS.map((_, index) => (index + round) % FOLLOWERS.length)
  for (const index of order) {
    const { name } = FOLLOWERS[index]!
    const milliseconds = await readWhole(name, tools, 'whole', file)
    const lines = await countLines(file)
    if (lines !== 2 * LINES) throw new Error(`${name} printed ${lines} lines of ${2 * LINES}`)
    samples[index]!.whole.push(milliseconds / 1000)
  }
}

async function measureDelay(tools: Tools, samples: readonly Samples[]): Promise<void> {
  const delays = FOLLOWERS.map((): number[] => [])
  const running = FOLLOWERS.map(({ name }, index) =>
    follow(name, tools, 'tick', (line) => {
      const now = performance.timeOrigin + performance.now()
      delays[index]!.push(now - Number(line.slice(line.lastIndexOf(' ') + 1)) * 1000)
    })
  )
  await sleep(WARM_UP)
  for (const list of delays) list.length = 0
  await sleep(DELAY_SECONDS * 1000)
  await Promise.all(running.map((one) => one.stop()))
  for (const [index, list] of delays.entries()) samples[index]!.delay.push(median(list))
}

async function measureRate(tools: Tools, samples: readonly Samples[]): Promise<void> {
  const running = FOLLOWERS.map(({ name }) => follow(name, tools, 'rate'))
  await sleep(WARM_UP)
  const before = running.map((one) => one.processorTime())
  await sleep((RATE_SECONDS * 1000) / 2)
  const half = running.map((one) => one.memory())
  await sleep((RATE_SECONDS * 1000) / 2)
  for (const [index, one] of running.entries()) {
    samples[index]!.processor.push((one.processorTime() - before[index]!) / 1000)
    samples[index]!.memory.push(one.memory())
    samples[index]!.growth.push(one.memory() - half[index]!)
  }
  await Promise.all(running.map((one) => one.stop()))
}

function claims(samples: readonly Samples[]): Findings['claims'] {
  const row = (name: FollowerName): Row => {
    const index = FOLLOWERS.findIndex((one) => one.name === name)
    return { ...FOLLOWERS[index]!, samples: samples[index]! }
  }
  const [of, stern, kubectl] = [row('ours'), row('stern'), row('kubectl')]
  const zero: Row = { ...of, samples: { growth: of.samples['growth']!.map(() => 0) } }
  return [
    ratio({ says: 'whole logs, of stern’s time', of, to: stern, measure: 'whole', bound: 'at most', limit: 1.1 }),
    ratio({ says: 'processor time, of stern’s', of, to: stern, measure: 'processor', bound: 'at most', limit: 1.5 }),
    ratio({ says: 'delay, of kubectl’s', of, to: kubectl, measure: 'delay', bound: 'at most', limit: 1.2 }),
    difference(
      { says: 'memory gained in the second half', of, to: zero, measure: 'growth', bound: 'at most', limit: 10 },
      'MB'
    )
  ]
}

async function withApplication(tools: Tools, name: string, program: string, work: () => Promise<void>): Promise<void> {
  await kube(tools, ['apply', '-f', '-'], application(name, program, APPLICATION_IMAGE))
  try {
    for (const version of ['v1', 'v2']) await kube(tools, ['rollout', 'status', `deploy/${name}-${version}`])
    await work()
  } finally {
    await kube(tools, ['delete', 'deploy', `${name}-v1`, `${name}-v2`])
  }
}

async function kube({ kubectl, kubeconfig, namespace }: Tools, args: readonly string[], input?: string): Promise<void> {
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  const started = run(kubectl, ['--namespace', namespace, ...args], { env })
  started.child.stdin?.end(input)
  await started
}

async function countLines(file: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === 0x0a) lines++
  }
  return lines
}
