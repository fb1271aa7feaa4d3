// The part "plugin": our commands beside kubectl's that do the same, with ever more VirtualServices. Knows no page.
import { join } from 'node:path'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import type { Cluster } from '../../webhook/kubernetes/client.ts'
import { interposeOurs, untilInterposed } from './interpose.ts'
import { ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import { nameOf, populate, POPULATION, VIRTUAL_SERVICES } from './population.ts'
import { createReview } from './review.ts'
import { startServer } from './servers.ts'
import type { Stage } from './stage.ts'
import { time } from './timed.ts'

/** Down, as the part before leaves ten thousand: creating them takes a minute. */
const SIZES = [10_000, 1000, 10]
const ROUNDS = 20
/** Reading all of ten thousand takes seconds. */
const ROUNDS_OF_LISTS = 5
const WHY_ENABLE =
  'Node alone takes the time of `node -e 0`; then come our code and TLS, the object is read, and the write is sent twice, ' +
  'first as a dry run, where kubectl sends one.'

export const PLUGIN: Part = {
  name: 'plugin',
  title: 'Plugin',
  about:
    'Whole processes, from their start to their end, in turn with the kubectl command that comes closest; the first run of ' +
    'each is not counted. `enable` changes the target each time and, as always, sends its write twice: first as a dry run. ' +
    'One VirtualService in ten is mirrored; each has five rules.',
  measures: [
    { key: 'time', label: 'time', unit: 'ms', digits: 0 },
    { key: 'processor', label: 'processor time', unit: 'ms', digits: 0 },
    { key: 'peak', label: 'peak memory', unit: 'MB', digits: 0 }
  ],
  plots: [],
  run: runPlugin
}

async function runPlugin(stage: Stage, say: (text: string) => void): Promise<Findings> {
  const webhook = await startServer('ours', stage, createReview(1).bytes)
  try {
    await interposeOurs(stage, webhook.url)
    const start = await compare(stage, ROUNDS, starts(stage))
    const rows = [...start]
    const claims = [atMost('`kubectl mirror --help`, of `node -e 0`', start[0]!, start[1]!, 2)]
    for (const size of SIZES) {
      await populate(stage.api, size, say)
      if (size === SIZES[0]) await untilInterposed(async () => [await tryToMirror(stage.api, nameOf(1))])
      say(`${size} VirtualServices`)
      const ofSize = `${size.toLocaleString('en')} VirtualServices`
      const one = await compare(stage, ROUNDS, single(stage, ofSize))
      const all = await compare(stage, ROUNDS_OF_LISTS, lists(stage, ofSize))
      rows.push(...one, ...all)
      claims.push(atMost(`\`enable\`, of \`kubectl annotate\`, ${ofSize}`, one[0]!, one[1]!, 1.5, WHY_ENABLE))
      // For a few, the start of Node is most of it.
      if (size === SIZES[0])
        claims.push(atMost(`\`status -A\`, of \`kubectl get -A\`, ${ofSize}`, all[0]!, all[1]!, 1.5))
    }
    return { rows, claims }
  } finally {
    await webhook.process.stop()
  }
}

/** What `enable` does first, to see whether a webhook injects. */
function tryToMirror(api: Cluster, name: string): Promise<unknown> {
  return api.send('PATCH', `${VIRTUAL_SERVICES}/${name}?dryRun=All`, {
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { [ANNOTATIONS.to]: 'v2' } } }
  })
}

type Invocation = (round: number) => readonly [file: string, ...args: string[]]
type Invocations = Readonly<Record<string, Invocation>>

function starts({ dist, cluster }: Stage): Invocations {
  const program = join(dist, 'kubectl-mirror')
  return {
    'kubectl mirror --help': () => [process.execPath, program, '--help'],
    'node -e 0': () => [process.execPath, '-e', '0'],
    'kubectl mirror version': () => [process.execPath, program, 'version'],
    'kubectl version': () => [cluster.kubectl, 'version']
  }
}

function single({ dist, cluster }: Stage, suffix: string): Invocations {
  const program = join(dist, 'kubectl-mirror')
  const name = nameOf(1)
  const annotate = ['annotate', '-n', POPULATION, 'virtualservice', nameOf(2), '--overwrite']
  return {
    [`kubectl mirror enable, ${suffix}`]: (round) => {
      return [process.execPath, program, 'enable', name, '-n', POPULATION, '--to', `v${(round % 2) + 2}`, '--replace']
    },
    [`kubectl annotate, ${suffix}`]: (round) => [cluster.kubectl, ...annotate, `example.com/tick=${round}`],
    [`kubectl mirror status NAME, ${suffix}`]: () => [process.execPath, program, 'status', name, '-n', POPULATION],
    [`kubectl get NAME, ${suffix}`]: () => [cluster.kubectl, 'get', '-n', POPULATION, 'virtualservice', name]
  }
}

function lists({ dist, cluster }: Stage, suffix: string): Invocations {
  const program = join(dist, 'kubectl-mirror')
  return {
    [`kubectl mirror status -A, ${suffix}`]: () => [process.execPath, program, 'status', '-A'],
    [`kubectl get -A, ${suffix}`]: () => [cluster.kubectl, 'get', 'virtualservices', '-A']
  }
}

/** Round by round, each once. */
async function compare(stage: Stage, rounds: number, invocations: Invocations): Promise<Row[]> {
  const env = { ...process.env, KUBECONFIG: stage.cluster.kubeconfig }
  const rows = Object.entries(invocations).map(([label, invocation]) => ({
    invocation,
    row: { name: label, label, samples: { time: [] as number[], processor: [] as number[], peak: [] as number[] } }
  }))
  for (let round = -1; round < rounds; round++) {
    for (const { invocation, row } of rows) {
      const [file, ...args] = invocation(round + 1)
      const { milliseconds, processor, peak } = await time(file, args, env)
      if (round < 0) continue
      row.samples.time.push(milliseconds)
      row.samples.processor.push(processor)
      row.samples.peak.push(peak)
    }
  }
  return rows.map(({ row }) => row)
}

function atMost(says: string, of: Row, to: Row, limit: number, why?: string): Claim {
  return ratio({ says, of, to, measure: 'time', bound: 'at most', limit, ...(why && { why }) })
}
