// How late `compare` shows a match: from the copy's line in the log of v2's sidecar to its row, on the sandbox. Knows no page.
import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../e2e/command.ts'
import { openAnswers, PATHS, type Answers } from '../e2e/diff/answers.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { APPLICATION_IMAGE } from '../sandbox/recipes.ts'
import type { Stage } from './stage.ts'
import { percentile } from './statistics.ts'

const ROUNDS = 3
const RATE = 50
const SECONDS = 10
/** Until the logs are being read, and until the last rows are out. */
const SETTLED = 6000

/** Seconds, a sample a round. */
export async function measureDelays(
  { session, dist, sandbox }: Stage,
  say: (text: string) => void
): Promise<Record<'delay50' | 'delay99', number[]>> {
  await sandbox.open(say)
  const { place } = session
  const path = [dist, toolsFolder(place), process.env['PATH']].join(delimiter)
  const answers = await openAnswers('bench-compare', { kubeconfig: place.kubeconfig, path, image: APPLICATION_IMAGE })
  const samples = { delay50: [] as number[], delay99: [] as number[] }
  try {
    await answers.kubectl(['mirror', 'enable', 'answers', '--to', 'v2', '--direct'])
    await answers.load(RATE, SECONDS, PATHS) // warms up, and the sidecars know the mirror by its end
    for (let round = 0; round < ROUNDS; round++) {
      const delays = await measureRound(answers)
      samples.delay50.push(percentile(delays, 0.5))
      samples.delay99.push(percentile(delays, 0.99))
      say(`delay, round ${round + 1} of ${ROUNDS}`)
    }
  } finally {
    await answers.close()
  }
  return samples
}

/** Of every copy, ascending. */
async function measureRound(answers: Answers): Promise<number[]> {
  const shown = new Map<string, number>()
  const comparing = start('kubectl', ['mirror', 'compare', 'answers', '-o', 'json'], { env: answers.env })
  onLine(comparing.process.stdout, (line) => {
    const { copy } = JSON.parse(line) as { copy?: { id?: string } } // of every match and of the summary
    if (copy?.id !== undefined) shown.set(copy.id, Date.now())
  })
  await sleep(SETTLED)
  await answers.load(RATE, SECONDS, PATHS)
  await sleep(SETTLED)
  comparing.process.kill('SIGINT')
  const { code, stderr } = await comparing.ended
  if (code !== 0) throw new Error(`compare ended with ${code}: ${stderr}`)
  const log = ['logs', 'deploy/answers-v2', '-c', 'istio-proxy', '--timestamps', '--since=60s']
  const logged = readTimes(await answers.kubectl(log))
  const delays = [...shown].flatMap(([id, at]) => (logged.has(id) ? [(at - logged.get(id)!) / 1000] : []))
  if (delays.length < RATE * SECONDS * 0.9)
    throw new Error(`only ${delays.length} copies of ${RATE * SECONDS} requests have a row`)
  return delays.toSorted((one, other) => one - other)
}

/** By request id, when its line was logged. */
function readTimes(log: string): Map<string, number> {
  const lines = log.matchAll(/^(\S+Z) \[.*"([0-9a-f]{8}-[0-9a-f-]{27})"/gm)
  return new Map(Array.from(lines, ([, at, id]) => [id!, Date.parse(at!)]))
}

function onLine(stream: NodeJS.ReadableStream | null, act: (line: string) => void): void {
  let rest = ''
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) act(line)
  })
}
