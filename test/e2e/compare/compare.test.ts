// compare on a real mesh: what it pairs against the ids that the client chose, and what it names against what was broken.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS, expectReasons, GATES, LOAD, named, WORSE } from './judged.ts'
import { client, score, type SummaryLine } from './output.ts'
import { times } from '../short.ts'
import { mirrored, openShop, V1, V2, type Shop } from './shop.ts'
import { watch } from './watch.ts'

const TEN_MINUTES = 600_000
const MANY = times(10_000, 2_000)
const SOME = times(3_000, 1_500)

let shop: Shop

beforeAll(async () => {
  shop = await openShop('e2e-compare')
})
afterAll(() => shop?.close())

describe('pairing', () => {
  test(`${MANY} requests at 100 %, with keep-alive, retries and reused ids: each with its own copy`, async () => {
    await shop.route(mirrored(`[${V1}]`, 100))
    const { pairs, answers } = await watch(shop, {
      COUNT: `${MANY}`,
      MARK: 'all',
      FAIL: '1',
      REUSE: '1',
      CONNECTIONS: '16'
    })
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
    const { pairs, finished } = await watch(shop, { COUNT: `${SOME}`, MARK: 'some', FAIL: '1', CONNECTIONS: '16' }, [
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
    const { pairs, answers } = await watch(shop, { COUNT: `${SOME}`, MARK: 'split', CONNECTIONS: '16' })
    const { right, wrong } = score(pairs, 'split')
    expect(wrong).toBe(0)
    expect(right.size).toBeGreaterThanOrEqual(SOME - 1)
    // The client knows who answered it: that record is the live one, and v2's own answers are compared with nothing.
    const told = pairs.filter(({ live }) => client(live, 'split') !== undefined)
    for (const { live, compared } of told) {
      const version = answers.get(client(live, 'split')!)!
      expect(live!.pod).toContain(`shop-${version}-`)
      expect(compared).toBe(version === 'v1')
    }
    expect(told.filter(({ compared }) => compared === false).length).toBeGreaterThan(SOME / 15)
  })
})

describe('judging', () => {
  const RUNS = times(5, 1)
  const namedInPage = (page: string): string[] => distinct(page.matchAll(/<li><b>([^<]+)<\/b>/g))
  const namedInTable = (table: string): string[] => distinct(table.matchAll(/^ {2}([A-Z]+ \S+): /gm))
  const distinct = (found: Iterable<RegExpMatchArray>): string[] =>
    [...new Set(Array.from(found, ([, name = '']) => name))].toSorted()

  interface Judged {
    /** Endpoints: in the JSON, on the page, in the table. */
    readonly said: readonly (readonly string[])[]
    readonly codes: readonly unknown[]
    readonly summary: SummaryLine
    readonly stderr: string
  }

  /** Two of them look on, since one prints JSON or a table. */
  async function judge(mark: string): Promise<Judged> {
    const report = join(folder, `${mark}.html`)
    const other = shop.compare(GATES)
    const { summary, finished } = await watch(shop, { MARK: mark, ...LOAD }, [...GATES, '--html', report])
    other.process.kill('SIGINT')
    const table = await other.ended
    return {
      said: [named(summary), namedInPage(readFileSync(report, 'utf8')), namedInTable(table.stdout)],
      codes: [finished.code, table.code],
      summary,
      stderr: finished.stderr + table.stderr
    }
  }

  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compare-'))
    await shop.route(mirrored(`[${V1}]`, 100))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('an unchanged v2: nothing is named, and the gate passes, every run', { timeout: TEN_MINUTES }, async () => {
    for (let run = 1; run <= RUNS; run++) {
      const { said, codes, stderr } = await judge(`same${run}`)
      expect(said, `run ${run}`).toEqual([[], [], []])
      expect(codes, stderr).toEqual([0, 0])
    }
  })

  test(
    'a v2 that is worse in three ways: exactly these are named, for what is worse, and the gate fails, every run',
    { timeout: TEN_MINUTES },
    async () => {
      await shop.setMirror(['WORSE=1', ERRORS])
      for (let run = 1; run <= RUNS; run++) {
        const { said, codes, summary, stderr } = await judge(`worse${run}`)
        expect(said, `run ${run}`).toEqual(Array.from({ length: 3 }, () => WORSE))
        expect(codes, stderr).toEqual([2, 2])
        expectReasons(summary)
      }
    }
  )
})
