// The part "bodies": what `diff` costs the live requests that it looks at, on the sandbox. Knows no page.
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openAnswers, PATHS, type Answers } from '../e2e/diff/answers.ts'
import { weighPods } from '../sandbox/cgroups.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { APPLICATION_IMAGE } from '../sandbox/recipes.ts'
import { ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import { withSandbox } from './sandbox.ts'
import type { Stage } from './stage.ts'

const ROUNDS = 5
/** Requests a second. Two cores carry the whole cluster, both versions, the caller and the reader: at 200 they are busy. */
const RATES = [50, 200] as const
const SECONDS = 10
/** Until the taps are open, or closed, and the sidecars know it. */
const OPENING = 5000

const SYSTEMS = {
  without: { label: 'no reader', flags: undefined },
  tapped: { label: 'diff', flags: [] },
  sampled: { label: 'diff --sample 1/8', flags: ['--sample', '1/8'] }
} as const
type SystemName = keyof typeof SYSTEMS
const NAMES = Object.keys(SYSTEMS) as SystemName[]
type Samples = Readonly<Record<SystemName, { p50: number[]; p99: number[] }>>

export const BODIES: Part = {
  name: 'bodies',
  title: 'Bodies',
  about:
    `Live requests to a mirrored application with four kinds of answers, ${RATES.join(' and ')} a second for ${SECONDS} s ` +
    'over kept connections, through the stock sidecars of the sandbox: without a reader, while `diff` reads ' +
    'every whole answer of both versions, and while it reads one in eight; in another order each round. Latency as the client sees it. The ' +
    'reader runs on the same two cores at the lowest priority, and while they are short a process of the control plane ' +
    'counts a twentieth of the pods: usually both are on other machines.',
  measures: [
    { key: 'p50', label: 'p50', unit: 'ms', digits: 1 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 1 }
  ],
  plots: [{ measure: 'p99', title: 'p99 of live requests, ms' }],
  run: (stage, say) => withSandbox(stage.session, say, () => runBodies(stage, say))
}

async function runBodies({ session, dist }: Stage, say: (text: string) => void): Promise<Findings> {
  const { place } = session
  const path = [dist, toolsFolder(place), process.env['PATH']].join(delimiter)
  const answers = await openAnswers('bench-bodies', { kubeconfig: place.kubeconfig, path, image: APPLICATION_IMAGE })
  const none = () => ({ p50: [], p99: [] })
  const samples = RATES.map((): Samples => ({ without: none(), tapped: none(), sampled: none() }))
  try {
    await weighPods(place, 20)
    await answers.setVariant('same')
    await answers.kubectl(['mirror', 'enable', 'answers', '--to', 'v2', '--direct'])
    await sleep(OPENING)
    await answers.load(RATES[0], SECONDS, PATHS) // warms up both versions
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, rate] of RATES.entries()) {
        const order = NAMES.map((_, at) => NAMES[(at + round) % NAMES.length]!)
        for (const name of order) await measure(answers, rate, name, samples[index]![name])
      }
      say(`round ${round + 1} of ${ROUNDS}`)
    }
  } finally {
    await answers.endRuns()
    await answers.close()
    await weighPods(place, 1)
  }
  const row = (index: number, name: SystemName): Row => {
    const label = `${SYSTEMS[name].label}, ${RATES[index]} requests/s`
    return { name: label, label, samples: samples[index]![name] }
  }
  return {
    rows: RATES.flatMap((_, index) => NAMES.map((name) => row(index, name))),
    claims: RATES.flatMap((rate, index) => [
      claim(`p99 at ${rate} requests/s`, row(index, 'tapped'), row(index, 'without')),
      claim(`p99 at ${rate} requests/s, one in eight read`, row(index, 'sampled'), row(index, 'without'))
    ])
  }
}

async function measure(answers: Answers, rate: number, name: SystemName, samples: Samples[SystemName]): Promise<void> {
  const { flags, label } = SYSTEMS[name]
  const looking = flags && answers.diff(flags)
  await sleep(OPENING)
  if (looking?.process.pid !== undefined) lowerPriority(looking.process.pid)
  const { p50, p99, errors } = await answers.load(rate, SECONDS, PATHS)
  if (errors > 0) throw new Error(`${errors} live requests failed: ${label}`)
  samples.p50.push(p50)
  samples.p99.push(p99)
  looking?.process.kill('SIGINT')
  await looking?.ended
}

/** Of each of its threads: Linux has no priority of a process. */
function lowerPriority(pid: number): void {
  for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), constants.priority.PRIORITY_LOW)
}

function claim(what: string, of: Row, to: Row): Claim {
  return ratio({ says: `${what}, of that without a reader`, of, to, measure: 'p99', bound: 'at most', limit: 1.1 })
}
