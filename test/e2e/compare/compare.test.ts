// compare on a real mesh: what it pairs against the ids that the client chose, and what it names against what was broken.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, ofMark, read, score, type SummaryLine } from './output.ts'
import type { Ended } from '../command.ts'
import { times } from '../short.ts'
import { openShop, type Shop } from './shop.ts'

const TEN_MINUTES = 600_000
const MANY = times(10_000, 2_000)

let shop: Shop

beforeAll(async () => {
  shop = await openShop('e2e-compare')
})
afterAll(() => shop?.close())

const V1 = '{destination: {host: shop, subset: v1}}'
const V2 = '{destination: {host: shop, subset: v2}}'
const mirrored = (route: string, percent: number): string =>
  `{route: ${route}, retries: {attempts: 3, retryOn: 5xx}, mirror: {host: shop, subset: v2}, mirrorPercentage: {value: ${percent}}}`

/** Sends while compare looks on; compare ends when it has been told of all. */
async function compare(
  count: number,
  variables: Readonly<Record<string, string>>,
  args: readonly string[],
  delay = 4000
) {
  const running = shop.compare(['--requests', String(count), '--for', '280s', ...args])
  // Before that it would not count what is unpaired: its logs are not all open yet.
  await pause(delay)
  const answers = await shop.send({ COUNT: String(count), ...variables })
  return { answers, finished: await running.ended }
}

async function watch(
  count: number,
  variables: Readonly<Record<string, string>>,
  args: readonly string[],
  delay?: number
) {
  const { answers, finished } = await compare(count, variables, ['-o', 'json', ...args], delay)
  return { answers, finished, ...read(finished) }
}

describe('pairing', () => {
  test(`${MANY} requests at 100 %, with keep-alive, retries and reused ids: each with its own copy`, async () => {
    await shop.route(mirrored(`[${V1}]`, 100))
    const { pairs, answers } = await watch(MANY, { MARK: 'all', FAIL: '1', REUSE: '1', CONNECTIONS: '16' }, [])
    expect(answers.size).toBe(MANY)
    const [onLive, onMirror] = [await shop.printed('v1', 'all'), await shop.printed('v2', 'all')]
    expect(onLive.size).toBe(MANY)
    const { right, wrong } = score(pairs, 'all')
    expect(wrong).toBe(0)
    expect(right.size).toBeGreaterThanOrEqual(MANY - 1)
    expect([...onMirror.keys()].filter((id) => !right.has(id)).length).toBeLessThanOrEqual(1)
    // What was tried twice is one request, judged by its last answer.
    const retried = pairs.filter(({ attempts = 1 }) => attempts > 1)
    expect(retried.length).toBe([...onLive.values()].filter((ids) => ids.length > 1).length)
    expect(retried.every(({ live }) => live?.status === 200)).toBe(true)
  })

  test('at 30 %: what Envoy copied, and nothing is missed', async () => {
    await shop.route(mirrored(`[${V1}]`, 30))
    const { pairs, finished } = await watch(3_000, { MARK: 'some', FAIL: '1', CONNECTIONS: '16' }, [
      '--fail-on',
      'missing>5%'
    ])
    const copied = await shop.printed('v2', 'some')
    const { right, wrong } = score(pairs, 'some')
    expect(wrong).toBe(0)
    expect(right.size / copied.size).toBeGreaterThanOrEqual(0.9999)
    expect(finished.code, finished.stderr).toBe(0)
  })

  test('on a 90/10 split live requests and copies on v2 are told apart', async () => {
    await shop.route(mirrored(`[{weight: 90, ${V1.slice(1)}, {weight: 10, ${V2.slice(1)}]`, 100))
    const { pairs, answers } = await watch(3_000, { MARK: 'split', CONNECTIONS: '16' }, [])
    const { right, wrong } = score(pairs, 'split')
    expect(wrong).toBe(0)
    expect(right.size).toBeGreaterThanOrEqual(2_999)
    // The client knows who answered it: that record is the live one, and v2's own answers are compared with nothing.
    const told = pairs.filter(({ live }) => client(live, 'split') !== undefined)
    for (const { live, compared } of told) {
      const version = answers.get(client(live, 'split')!)!
      expect(live!.pod).toContain(`shop-${version}-`)
      expect(compared).toBe(version === 'v1')
    }
    expect(told.filter(({ compared }) => compared === false).length).toBeGreaterThan(200)
  })
})

describe('judging', () => {
  // Of /errors more, since its fault is rare: 2 % must be beyond what Holm's correction asks of 18 questions and more.
  const LOAD = {
    PATHS: '/errors,/plain,/errors,/user/{n},/errors,/slow,/long,/varied',
    THINK: '0.08',
    CONNECTIONS: '8'
  }
  const GATES = ['--fail-on', 'status>0.1%,p50>50%,size>5%,missing>1%']
  const RUNS = times(5, 1)
  const named = ({ endpoints }: SummaryLine): string[] =>
    endpoints.flatMap(({ endpoint, findings }) => (findings.length > 0 ? [endpoint] : [])).toSorted()
  const namedInPage = (page: string): string[] => distinct(page.matchAll(/<li><b>([^<]+)<\/b>/g))
  const namedInTable = (table: string): string[] => distinct(table.matchAll(/^ {2}([A-Z]+ \S+): /gm))
  const distinct = (found: Iterable<RegExpMatchArray>): string[] =>
    [...new Set(Array.from(found, ([, name = '']) => name))].toSorted()

  /** Each run says it three times: as JSON, on the page, and, the last one, in the table. */
  async function judge(mark: string, run: number): Promise<{ readonly said: string[][]; readonly finished: Ended }> {
    const report = join(folder, `${mark}.html`)
    const args = [...GATES, '--html', report]
    const variables = { MARK: `${mark}${run}`, ...LOAD }
    if (run === RUNS) {
      const { finished } = await compare(4_800, variables, args)
      return { said: [namedInTable(finished.stdout), namedInPage(readFileSync(report, 'utf8'))], finished }
    }
    const { summary, finished } = await watch(4_800, variables, args)
    return { said: [named(summary), namedInPage(readFileSync(report, 'utf8'))], finished }
  }

  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compare-'))
    await shop.route(mirrored(`[${V1}]`, 100))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('an unchanged v2: nothing is named, and the gate passes, every run', { timeout: TEN_MINUTES }, async () => {
    for (let run = 1; run <= RUNS; run++) {
      const { said, finished } = await judge('same', run)
      for (const one of said) expect(one, `run ${run}`).toEqual([])
      expect(finished.code, finished.stderr).toBe(0)
    }
  })

  test(
    'a v2 that is worse in three ways: exactly these are named, and the gate fails, every run',
    { timeout: TEN_MINUTES },
    async () => {
      await shop.setMirror(['WORSE=1'])
      for (let run = 1; run <= RUNS; run++) {
        const { said, finished } = await judge('worse', run)
        for (const one of said) expect(one, `run ${run}`).toEqual(['GET /errors', 'GET /long', 'GET /slow'])
        expect(finished.code, finished.stderr).toBe(2)
      }
    }
  )

  test('each is named for what is worse in it', async () => {
    const { summary } = await watch(4_800, { MARK: 'why', ...LOAD }, GATES)
    const metrics = (endpoint: string) =>
      summary.endpoints.find((one) => one.endpoint === endpoint)!.findings.map(({ metric }) => metric)
    expect(metrics('GET /errors')).toEqual(['status'])
    expect(metrics('GET /slow')).toContain('p50')
    expect(metrics('GET /long')).toEqual(['size'])
  })
})

describe('without access logs', () => {
  const telemetries = () => shop.kubectl(['get', 'telemetries.telemetry.istio.io', '-o', 'name'])

  beforeAll(async () => {
    await shop.setMirror(['WORSE-'])
    await shop.route(mirrored(`[${V1}]`, 100))
    const silence =
      'apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: silence}\nspec: {accessLogging: [{providers: [{name: envoy}], disabled: true}]}'
    await shop.kubectl(['apply', '-f', '-'], silence)
    // New pods, whose sidecars have never logged a request.
    await shop.kubectl(['rollout', 'restart', 'deploy/shop-v1', 'deploy/shop-v2'])
    for (const name of ['shop-v1', 'shop-v2'])
      await shop.kubectl(['rollout', 'status', `deploy/${name}`, '--timeout=120s'])
    await shop.alone()
    await pause(8000)
    await shop.send({ COUNT: '20', MARK: 'warm' })
  })

  test("the applications' own logs are matched by method, path and time, and it says so", async () => {
    const { pairs, finished } = await watch(300, { MARK: 'order', RATE: '60' }, ['--fail-on', 'p99>20%,missing>5%'])
    expect(finished.stderr).toContain('matched by method, path and time')
    expect(pairs.filter(({ kind }) => kind === 'pair').length).toBeGreaterThan(290)
    // These logs have no latency: a gate on it has nothing to measure.
    expect(finished.code).toBe(3)
  })

  test('--access-logs switches them on for the run, says what passes unseen at first, and switches them off', async () => {
    const running = shop.compare(['--access-logs', '-o', 'json', '--for', '60s'])
    await pause(12_000)
    // Over connections from before, each of which carries one more request that is not logged.
    await shop.send({ COUNT: '60', MARK: 'early', RATE: '60' })
    await pause(40_000)
    await shop.send({ COUNT: '300', MARK: 'on', RATE: '60' })
    const finished = await running.ended
    expect(finished.code, finished.stderr).toBe(0)
    const { pairs, summary } = read(finished)
    for (const mark of ['early', 'on']) expect(score(ofMark(pairs, mark), mark).wrong).toBe(0)
    expect(score(ofMark(pairs, 'on'), 'on').right.size).toBe(300)
    expect(summary.unsettled).toBe(pairs.filter(({ kind }) => kind !== 'pair').length)
    expect(await telemetries()).toBe('telemetry.telemetry.istio.io/silence\n')
  })

  test('Ctrl-C ends with a summary, and takes the Telemetry away', async () => {
    const running = shop.compare(['--access-logs', '-o', 'json'])
    await expect.poll(telemetries, { timeout: 20_000, interval: 500 }).toContain('kubectl-mirror-compare-')
    await pause(12_000)
    await shop.send({ COUNT: '50', MARK: 'cut' })
    await pause(6000)
    running.process.kill('SIGINT')
    const finished = await running.ended
    expect(finished.code, finished.stderr).toBe(0)
    expect(read(finished).summary.requests).toBeGreaterThan(0)
    expect(await telemetries()).toBe('telemetry.telemetry.istio.io/silence\n')
  })
})
