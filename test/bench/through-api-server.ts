// The part "api-server": what a write of a VirtualService costs more with each webhook in its path. Knows no page.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../../webhook/kubernetes/client.ts'
import { ratio, type Claim, type Findings, type Part, type Row } from './part.ts'
import { createReview, createVirtualService } from './review.ts'
import { interposeGo, interposeOurs, interposePolicy, LABEL, untilInterposed } from './interpose.ts'
import { startServer, type Server } from './servers.ts'
import type { Stage } from './stage.ts'
import { percentile } from './statistics.ts'

const SYSTEMS = {
  none: 'no webhook',
  ours: 'kubectl-mirror',
  go: 'controller-runtime 0.25.2',
  policy: 'MutatingAdmissionPolicy'
} as const

type SystemName = keyof typeof SYSTEMS

const NAMES = Object.keys(SYSTEMS) as SystemName[]
const ROUNDS = 5
const WRITES = 100
const RULES = 20
const PATH = '/apis/networking.istio.io/v1/namespaces/default/virtualservices'

export const THROUGH_API_SERVER: Part = {
  name: 'api-server',
  title: 'Through the API server',
  about:
    'A VirtualService with 20 rules is written again and again by merge patch, with all its rules and without a mirror, ' +
    'as a GitOps tool re-applies it, so that the whole mirror is injected each time. One object for each webhook, told ' +
    'apart by a label, written in turn; the MutatingAdmissionPolicy only adds one annotation, in the API server itself: ' +
    "the limit of what is possible. Writes without our annotation are kept from the webhooks by the chart's own " +
    'matchConditions, the same for all.',
  measures: [
    { key: 'p50', label: 'p50', unit: 'ms', digits: 2 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 2 },
    { key: 'added50', label: 'added, p50', unit: 'ms', digits: 2 },
    { key: 'added99', label: 'added, p99', unit: 'ms', digits: 2 },
    { key: 'plain50', label: 'not annotated, p50', unit: 'ms', digits: 2 },
    { key: 'plain99', label: 'not annotated, p99', unit: 'ms', digits: 2 }
  ],
  plots: [{ measure: 'added50', title: 'Added to a write, p50, ms' }],
  run: runThroughApiServer
}

async function runThroughApiServer(stage: Stage, say: (text: string) => void): Promise<Findings> {
  const { api } = stage
  const { bytes } = createReview(20)
  const servers: Server[] = []
  try {
    for (const name of ['ours', 'go'] as const) servers.push(await startServer(name, stage, bytes))
    const [ours, go] = servers
    await interposeOurs(stage, ours!.url, 'ours')
    await interposeGo(stage, go!.url)
    await interposePolicy(stage)
    for (const name of NAMES) {
      for (const annotated of [true, false]) await api.send('POST', PATH, { body: objectOf(name, annotated) })
    }
    await untilInterposed(() => Promise.all(NAMES.slice(1).map((name) => write(api, name, true))))
    const rounds: Round[] = []
    for (let round = -1; round < ROUNDS; round++) {
      const written = await writeInTurn(api)
      if (round >= 0) rounds.push(written) // the first one warms up
      say(`round ${round + 1} of ${ROUNDS}`)
    }
    const rows = NAMES.map((name): Row => ({ name, label: SYSTEMS[name], samples: samplesOf(name, rounds) }))
    return { rows, claims: claims(rows) }
  } finally {
    await Promise.all(servers.map(({ process }) => process.stop()))
  }
}

/** Milliseconds, ascending: of annotated objects, and of those without our annotation. */
type Latencies = Readonly<Record<'annotated' | 'plain', number[]>>
type Round = Readonly<Record<SystemName, Latencies>>

/** Each write of a turn meets the same moment of the machine. */
async function writeInTurn(api: Cluster): Promise<Round> {
  const round = Object.fromEntries(NAMES.map((name) => [name, { annotated: [], plain: [] }])) as unknown as Round
  for (let turn = 0; turn < WRITES; turn++) {
    for (const index of NAMES.keys()) {
      const name = NAMES[(index + turn) % NAMES.length]!
      for (const annotated of [true, false]) {
        const started = performance.now()
        await write(api, name, annotated)
        round[name][annotated ? 'annotated' : 'plain'].push(performance.now() - started)
      }
    }
  }
  return round
}

let writes = 0

function write(api: Cluster, name: SystemName, annotated: boolean): Promise<unknown> {
  const { spec } = createVirtualService('httpbin', RULES)
  return api.send('PATCH', `${PATH}/${nameOf(name, annotated)}`, {
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { tick: String(writes++) } }, spec: { http: spec?.http } }
  })
}

function objectOf(name: SystemName, annotated: boolean): VirtualService {
  const { metadata, ...rest } = createVirtualService(nameOf(name, annotated), RULES)
  const annotations = { ...metadata.annotations, ...(annotated && { [ANNOTATIONS.to]: 'v2' }) }
  return { ...rest, metadata: { ...metadata, annotations, labels: { [LABEL]: name } } }
}

function nameOf(name: SystemName, annotated: boolean): string {
  return `${name}-${annotated ? 'annotated' : 'plain'}`
}

function samplesOf(name: SystemName, rounds: readonly Round[]): Row['samples'] {
  const at = (system: SystemName, kind: keyof Latencies, share: number): number[] =>
    rounds.map((round) =>
      percentile(
        round[system][kind].toSorted((a, b) => a - b),
        share
      )
    )
  const minus = (left: number[], right: number[]): number[] => left.map((value, round) => value - right[round]!)
  const [p50, p99] = [at(name, 'annotated', 0.5), at(name, 'annotated', 0.99)]
  const added50 = minus(p50, at('none', 'annotated', 0.5))
  const added99 = minus(p99, at('none', 'annotated', 0.99))
  const plain = { plain50: at(name, 'plain', 0.5), plain99: at(name, 'plain', 0.99) }
  return { p50, p99, ...plain, ...(name !== 'none' && { added50, added99 }) }
}

function claims(rows: readonly Row[]): Claim[] {
  const row = (name: SystemName): Row => rows.find((one) => one.name === name)!
  const added = (measure: string): Claim =>
    ratio({
      says: `added at ${measure.replace('added', 'p')}, of ${SYSTEMS.go}`,
      of: row('ours'),
      to: row('go'),
      measure,
      bound: 'at most',
      limit: 1
    })
  const plain = { of: row('ours'), to: row('none'), measure: 'plain50', bound: 'at most' } as const
  return [
    added('added50'),
    added('added99'),
    ratio({ says: 'a write without our annotation at p50, of one without webhook', ...plain, limit: 1.05 })
  ]
}
