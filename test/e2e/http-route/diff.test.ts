// diff on an HTTPRoute: the responses of the mesh's requests and of a Gateway's are compared with those of their copies; of an equal
// v2 nothing is named, of another exactly what differs.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { until } from '../../until.ts'
import { PATHS, type Answers, type Route } from '../diff/answers.ts'
import { diffUnder, expectNothingLeft, openOn } from '../diff/mirrored.ts'
import { named, type SummaryLine } from '../diff/summary.ts'
import { isShort, times } from '../short.ts'
import { callersOf, groupsOf, openGateway, routed, type Caller } from './callers.ts'
import { twiceIfNamed } from './equal.ts'

const CALLERS = callersOf('answers')
const GROUPS = groupsOf(CALLERS)
/** Fewer requests do not show what differs in 1 % of them. */
const ASKED = isShort ? PATHS.slice(1) : PATHS
const DIFFERENCES = [
  'GET /items/{id}: $.price.amount value',
  'GET /list: $.elements order',
  'GET /orders: status status',
  'GET /page: header cache-control value'
].slice(PATHS.length - ASKED.length)

const ROUTE: Route = {
  name: 'httproute/answers',
  objects: routed('answers', CALLERS),
  baseline: /"requestMirror": \{\s*"backendRef": \{[^}]*"answers-v1"/g
}

let answers: Answers

beforeAll(async () => {
  answers = await openOn('e2e-route-diff', ROUTE)
  await openGateway(answers.kubectl)
  await answers.kubectl(['mirror', 'enable', 'httproute/answers', '--to', 'answers-v2'])
  for (const { from, host } of CALLERS) {
    await until(`${from} reaches v1`, async () => (await answers.load(10, 1, ['/empty'], host)).errors === 0, 120_000)
  }
})
afterAll(() => answers?.close())
afterEach(() => expectNothingLeft(answers))

async function differences(callers: readonly Caller[]): Promise<{ names: string[] }> {
  const load = (rate: number, seconds: number, paths: readonly string[]) =>
    Promise.all(callers.map(({ host }) => answers.load(rate, seconds, paths, host)))
  const send = async () => {
    // Connections from before the taps carry one request more, unseen: copies do not wait for each other, so a Gateway may have many.
    await load(100, 2, ['/empty'])
    return load(times(130, 50), times(39, 10), ASKED)
  }
  const { summary, load: loads } = await diffUnder(answers, send, '--baseline')
  expect(loads.map(({ errors }) => errors)).toEqual(loads.map(() => 0))
  const sent = loads.reduce((sum, one) => sum + one.sent, 0)
  const [requests, copied] = totals(summary)
  console.log(
    `${callers.map(({ from }) => from).join(' and ')}: ${sent} sent, ${requests} seen, ${copied} with their copy`
  )
  expect(requests).toBeGreaterThanOrEqual(0.999 * sent)
  expect(copied).toBeGreaterThanOrEqual(0.999 * sent)
  const [loaded, before] = partition(named(summary))
  if (before.length > 0) console.log(`over connections from before the taps: ${before.join('; ')}`)
  return { names: loaded }
}

/** Those of the load, and those of the requests that opened the taps. */
function partition(names: readonly string[]): [loaded: string[], before: string[]] {
  const isBefore = (name: string) => name.startsWith('GET /empty: missing')
  return [names.filter((name) => !isBefore(name)), names.filter(isBefore)]
}

/** Without those that opened the taps. */
function totals({ endpoints }: SummaryLine): [requests: number, copied: number] {
  const loaded = endpoints.filter(({ endpoint }) => endpoint !== 'GET /empty')
  const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0)
  return [total(loaded.map(({ requests }) => requests)), total(loaded.map(({ copied }) => copied))]
}

test.each(GROUPS)('a v2 that differs, called from $from: exactly its differences are named', async ({ callers }) => {
  await answers.setVariant('differs')
  expect((await differences(callers)).names).toEqual(DIFFERENCES)
})

test.each(GROUPS)('an equal v2, called from $from: nothing is named', async ({ callers }) => {
  await answers.setVariant('same')
  const { names } = await twiceIfNamed(() => differences(callers))
  expect(names).toEqual([])
})
