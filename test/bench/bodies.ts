// The part "bodies": what `diff` costs the live requests that it looks at, on the sandbox. Knows no page.
import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openAnswers, PATHS, type Answers } from '../e2e/diff/answers.ts'
import { weighPods } from '../sandbox/cgroups.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import type { Place } from '../sandbox/place.ts'
import { APPLICATION_IMAGE } from '../sandbox/recipes.ts'
import { processorTimeOfContainer, splitCores } from './cores.ts'
import { ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import type { Stage } from './stage.ts'

const ROUNDS = 5
/** Until the sidecars know that the taps are gone. */
const CLOSING = 4000

const SYSTEMS = {
  without: { label: 'no reader', flags: undefined },
  tapped: { label: 'diff', flags: [] },
  sampled: { label: 'diff --sample 1/8', flags: ['--sample', '1/8'] }
} as const
type SystemName = keyof typeof SYSTEMS

interface Rate {
  /** Requests a second. */
  readonly rate: number
  /** So that a p99 is of more than a handful. */
  readonly seconds: number
  /** By how much p99 may grow. */
  readonly limit: number
  readonly names: readonly SystemName[]
}

const RATES: readonly Rate[] = [
  { rate: 50, seconds: 12, limit: 1.1, names: ['without', 'tapped'] },
  { rate: 150, seconds: 8, limit: 1.2, names: ['without', 'tapped', 'sampled'] }
]
const WHY =
  'the sidecar prints each whole answer as JSON on the thread that serves requests (column “a record”), so those behind it wait; ' +
  '`--sample`, `--path` and `--method` leave requests out in Envoy itself.'

type Samples = Record<SystemName, Record<'p50' | 'p99' | 'sidecars' | 'record', number[]>>

export const BODIES: Part = {
  name: 'bodies',
  title: 'Bodies',
  about:
    `Live requests to a mirrored application with four kinds of answers, ${RATES.map(({ rate }) => rate).join(' and ')} a ` +
    'second over kept connections, through the stock sidecars of the sandbox: without a reader, while `diff` reads every ' +
    'whole answer of both versions, and at the higher rate while it reads one in eight; in another order each round. Latency as the client sees it. The ' +
    'pods of both versions have one core, everything else the other: the caller, and behind it, yielding to it at once, the ' +
    'reader and the control plane, as if they were on other machines. Processor time of the sidecars is that of ' +
    'both versions’; of a record, what they need more than without a reader, by records read.',
  measures: [
    { key: 'p50', label: 'p50', unit: 'ms', digits: 1 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 1 },
    { key: 'sidecars', label: 'sidecars', unit: '% of a core', digits: 1 },
    { key: 'record', label: 'a record', unit: 'ms of a core', digits: 3 }
  ],
  plots: [{ measure: 'p99', title: 'p99 of live requests, ms' }],
  run: runBodies
}

async function runBodies({ session, dist, sandbox }: Stage, say: (text: string) => void): Promise<Findings> {
  await sandbox.open(say)
  const { place } = session
  const path = [dist, toolsFolder(place), process.env['PATH']].join(delimiter)
  const answers = await openAnswers('bench-bodies', { kubeconfig: place.kubeconfig, path, image: APPLICATION_IMAGE })
  const none = () => ({ p50: [], p99: [], sidecars: [], record: [] })
  const samples = RATES.map((): Samples => ({ without: none(), tapped: none(), sampled: none() }))
  let join = (): Promise<void> => Promise.resolve()
  try {
    await weighPods(place, 20)
    await answers.setVariant('same')
    await answers.kubectl(['mirror', 'enable', 'answers', '--to', 'v2', '--direct'])
    const pods = await podsOf(answers)
    join = await splitCores(
      place,
      pods.map(({ metadata }) => metadata.uid)
    )
    const ground: Ground = { answers, place, sidecars: pods.map(sidecarOf) }
    await answers.load(RATES[0]!.rate, 10, PATHS) // warms up both versions
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, rate] of RATES.entries()) {
        const order = rate.names.map((_, at) => rate.names[(at + round) % rate.names.length]!)
        await measureRound(ground, rate, order, samples[index]!)
      }
      const last = samples.flatMap((all, index) => RATES[index]!.names.map((name) => all[name].p99.at(-1)!.toFixed(1)))
      say(`round ${round + 1} of ${ROUNDS}, p99 in ms: ${last.join(', ')}`)
    }
  } finally {
    await join()
    await answers.endRuns()
    await answers.close()
    await weighPods(place, 1)
  }
  return { rows: samples.flatMap(rowsOf), claims: samples.flatMap(claimsOf) }
}

interface Ground {
  readonly answers: Answers
  readonly place: Place
  /** Ids of the containers. */
  readonly sidecars: readonly string[]
}

interface Measured {
  readonly p50: number
  readonly p99: number
  /** Milliseconds of the sidecars' processor time. */
  readonly processor: number
  /** That the reader got. */
  readonly records: number
}

async function measureRound(ground: Ground, rate: Rate, order: readonly SystemName[], samples: Samples): Promise<void> {
  const measured = new Map<SystemName, Measured>()
  for (const name of order) measured.set(name, await measure(ground, rate, name))
  const without = measured.get('without')!.processor
  for (const [name, { p50, p99, processor, records }] of measured) {
    samples[name].p50.push(p50)
    samples[name].p99.push(p99)
    samples[name].sidecars.push(processor / rate.seconds / 10)
    // Of few records the difference is that of two loads.
    if (name === 'tapped') samples[name].record.push((processor - without) / records)
  }
}

async function measure(ground: Ground, { rate, seconds }: Rate, name: SystemName): Promise<Measured> {
  const { answers, place, sidecars } = ground
  const { flags, label } = SYSTEMS[name]
  const looking = flags && answers.diff(flags)
  const used = (): number => sidecars.reduce((sum, id) => sum + processorTimeOfContainer(place, id), 0)
  await (looking?.opened() ?? sleep(CLOSING))
  const before = used()
  const { p50, p99, errors } = await answers.load(rate, seconds, PATHS)
  const processor = used() - before
  if (errors > 0) throw new Error(`${errors} live requests failed: ${label}`)
  looking?.process.kill('SIGINT')
  const { code, stdout, stderr } = (await looking?.ended) ?? { code: 0, stdout: '', stderr: '' }
  if (code !== 0) throw new Error(`${label} ended with ${code}: ${stderr}`)
  return { p50, p99, processor, records: stdout === '' ? 0 : recordsOf(stdout) }
}

/** Of its last line. */
function recordsOf(stdout: string): number {
  const { records } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { records: { live: number; mirror: number } }
  return records.live + records.mirror
}

interface Pod {
  readonly metadata: { readonly uid: string }
  readonly status: Readonly<
    Partial<Record<'containerStatuses' | 'initContainerStatuses', readonly { name: string; containerID: string }[]>>
  >
}

async function podsOf({ kubectl }: Answers): Promise<readonly Pod[]> {
  const { items } = JSON.parse(await kubectl(['get', 'pods', '-l', 'app=answers', '-o', 'json'])) as { items: Pod[] }
  return items
}

/** `containerd://ID` */
function sidecarOf({ status: { containerStatuses = [], initContainerStatuses = [] } }: Pod): string {
  const found = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === 'istio-proxy')
  return found!.containerID.split('/').at(-1)!
}

function rowsOf(samples: Samples, index: number): Row[] {
  const { rate, names } = RATES[index]!
  return names.map((name) => {
    const label = `${SYSTEMS[name].label}, ${rate} requests/s`
    return { name: label, label, samples: samples[name] }
  })
}

function claimsOf(samples: Samples, index: number): Claim[] {
  const { rate, limit } = RATES[index]!
  const [without, tapped, sampled] = rowsOf(samples, index)
  const claim = (what: string, of: Row): Claim => {
    const says = `p99 at ${rate} requests/s${what}, of that without a reader`
    return ratio({ says, of, to: without!, measure: 'p99', bound: 'at most', limit, why: WHY })
  }
  return [claim('', tapped!), ...(sampled ? [claim(', one in eight read', sampled)] : [])]
}
