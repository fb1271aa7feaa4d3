// The part "bodies": what `compare --bodies` costs the live requests that it looks at, on the sandbox. Knows no page.
import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openAnswers, type Answers } from '../e2e/bodies/answers.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import { withSandbox } from './sandbox.ts'
import type { Stage } from './stage.ts'

const ROUNDS = 7
const RATE = 200
const SECONDS = 10
const PATHS = ['/items/{n}?n={n}', '/page?n={n}', '/orders?n={n}', '/list?n={n}']
/** Until the taps are open, or closed, and the sidecars know it. */
const SETTLE = 5000

const SYSTEMS = { without: 'nobody looks', tapped: 'compare --bodies' } as const
type SystemName = keyof typeof SYSTEMS
type Samples = Record<SystemName, { p50: number[]; p99: number[] }>

export const BODIES: Part = {
  name: 'bodies',
  title: 'Bodies',
  about:
    `Live requests to a mirrored application with four kinds of answers, ${RATE} a second for ${SECONDS} s over kept ` +
    'connections, through the stock sidecars of the sandbox: while nobody looks, and while `compare --bodies` reads every ' +
    'whole answer of both versions; in turn, each first as often as the other. Latency as the client sees it.',
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
  const answers = await openAnswers('bench-bodies', path, place.kubeconfig)
  const samples: Samples = { without: { p50: [], p99: [] }, tapped: { p50: [], p99: [] } }
  try {
    await answers.setVariant('same')
    await answers.kubectl(['mirror', 'enable', 'answers', '--to', 'v2', '--direct'])
    await sleep(SETTLE)
    await answers.load(RATE, SECONDS, PATHS) // warms up both versions
    for (let round = 0; round < ROUNDS; round++) {
      const order = round % 2 === 0 ? (['without', 'tapped'] as const) : (['tapped', 'without'] as const)
      for (const name of order) await measure(answers, name, samples)
      say(`round ${round + 1} of ${ROUNDS}`)
    }
  } finally {
    await answers.endRuns()
    await answers.close()
  }
  const row = (name: SystemName): Row => ({ name, label: SYSTEMS[name], samples: samples[name] })
  return { rows: [row('without'), row('tapped')], claims: claims(row('tapped'), row('without')) }
}

async function measure(answers: Answers, name: SystemName, samples: Samples): Promise<void> {
  const looking = name === 'tapped' ? answers.compare(['-o', 'json']) : undefined
  await sleep(SETTLE)
  const { p50, p99, errors } = await answers.load(RATE, SECONDS, PATHS)
  if (errors > 0) throw new Error(`${errors} live requests failed while ${SYSTEMS[name]}`)
  samples[name].p50.push(p50)
  samples[name].p99.push(p99)
  looking?.process.kill('SIGINT')
  await looking?.ended
}

function claims(of: Row, to: Row): Claim[] {
  return [ratio({ says: 'p99, of that while nobody looks', of, to, measure: 'p99', bound: 'at most', limit: 1.1 })]
}
