// Every hostile shape against the webhook as the chart installs it, again and again, while another namespace writes annotated
// VirtualServices. With RECORD=1 the figures go into docs/reliability.json, of which the page is generated.
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reviewOf, SHAPES, type Shape } from '../hostile/shapes.ts'
import { installWebhook } from './install.ts'
import { openStranger, type Stranger } from './stranger.ts'
import { watchReplicas } from './replicas.ts'
import { connect, type Send } from './api-requests.ts'
import { kubectl } from './kubectl.ts'
import { times } from './short.ts'
import { freshNamespace, startWrites } from './webhook-writes.ts'

const TIMES = times(20, 2)
const PER_SECOND = 5
/** A second, where the machine is ours alone; in CI, which shares it, only what would tell of a webhook that hangs. */
const P99_MS = times(1000, 5000)
const SPACE = 'hostile'
const COLLECTION = `/apis/networking.istio.io/v1/namespaces/${SPACE}/virtualservices`
const MIB = 1024 * 1024
const MOST_UNANSWERED = 10

export interface Figures {
  readonly shape: string
  /** Of the body that is sent to the webhook. */
  readonly bytes: number
  /** As a VirtualService, by the API server; undefined for what is none. */
  readonly written?: string
  /** As a POST to the webhook, from a pod. */
  readonly posted: string
  /** Of the webhook's answers to the POSTs, median and longest. */
  readonly milliseconds: readonly [number, number]
}

let send: Send
let stranger: Stranger

beforeAll(async () => {
  await installWebhook()
  await freshNamespace(SPACE)
  send = await connect()
  stranger = await openStranger(SPACE)
})

afterAll(() => kubectl('delete', 'namespace', SPACE, 'hostile-writes', '--ignore-not-found', '--wait=false'))

test(
  `each shape ${TIMES} times as a VirtualService and as a POST: nothing else notices`,
  { timeout: 1_800_000 },
  async () => {
    const replicas = await watchReplicas(send)
    const writes = await startWrites('hostile-writes', PER_SECOND)
    const shapes: Figures[] = []
    for (const [name, shape] of Object.entries(SHAPES)) shapes.push(await attack(name, shape))
    const { failed, unmirrored, latencies, count } = await writes.stop()
    const { restarts, unready, peakBytes } = await replicas.stop()

    const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN
    const peak = peakBytes / MIB
    console.log(`${count} other writes, p99 ${p99.toFixed(0)} ms; a replica's peak ${peak.toFixed(0)} MiB`)
    expect(restarts, 'restarts').toBe(0)
    expect(unready, 'answers of /readyz that were no 200').toEqual([])
    expect(failed, 'other writes that failed').toEqual([])
    expect(unmirrored, 'other writes that were not mirrored').toEqual([])
    expect(p99, "the other writes' p99, ms").toBeLessThan(P99_MS)
    expect(peak, "a replica's peak, MiB").toBeLessThan(200)
    const unsteady = shapes.filter(({ written, posted }) => `${written} ${posted}`.includes(','))
    expect(unsteady, 'shapes that were answered now so, now otherwise').toEqual([])
    if (process.env['RECORD'] !== undefined)
      record({
        times: TIMES,
        writes: count,
        failed: failed.length,
        unmirrored: unmirrored.length,
        restarts,
        p99,
        peak,
        shapes
      })
  }
)

async function attack(name: string, shape: Shape): Promise<Figures> {
  const made = shape.make()
  const body = made instanceof Buffer ? made : reviewOf(made)
  const written = made instanceof Buffer ? undefined : await write(made)
  const responses = await stranger.post(body, TIMES)
  const durations = responses.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
  return {
    shape: name,
    bytes: body.length,
    ...(written !== undefined && { written }),
    posted: distinct(responses.map(({ outcome }) => outcome)),
    milliseconds: [durations[durations.length >> 1] ?? Number.NaN, durations.at(-1) ?? Number.NaN]
  }
}

/** Its outcome, or all of them if they differ. */
async function write(object: object): Promise<string> {
  const outcomes: string[] = []
  const named = { ...object, metadata: { ...(object as { metadata: object }).metadata, namespace: SPACE } }
  let unanswered = 0
  while (outcomes.length < TIMES) {
    const { status, body } = await send('POST', COLLECTION, named)
    if (isUnanswered(status, body) && unanswered++ < MOST_UNANSWERED) continue
    if (status === 201) await send('DELETE', `${COLLECTION}/web`)
    outcomes.push(outcomeOf(status, body))
  }
  return distinct(outcomes)
}

/** Istio's own webhook ran out of time, as it may on a busy machine: it needs seconds for some shapes. That says nothing of ours. */
function isUnanswered(status: number, body: string): boolean {
  return status === 500 && /failed calling webhook \\?"[^"]*validation\.istio\.io/.test(body)
}

function outcomeOf(status: number, body: string): string {
  if (status === 201) return body.includes('kubectl-mirror.dev/injected') ? 'mirrored' : 'stored as it is'
  if (body.includes('kubectl-mirror.dev" denied the request')) return 'denied'
  return `refused by the API server (${status})`
}

function distinct(outcomes: readonly string[]): string {
  return [...new Set(outcomes)].toSorted().join(', ')
}

function record(figures: object): void {
  writeFileSync(new URL('../../docs/reliability.json', import.meta.url), `${JSON.stringify(figures, undefined, 2)}\n`)
}
