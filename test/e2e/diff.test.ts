// `diff` on a mesh: which differences it reports, and which it doesn't. What it leaves behind: diff-endings.test.ts.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PATHS, type Answers } from './diff/answers.ts'
import { times } from './short.ts'
import { diffUnder, expectNothingLeft, openMirrored } from './diff/mirrored.ts'
import { differing, named, readSummary } from './diff/summary.ts'

let answers: Answers

beforeAll(async () => {
  answers = await openMirrored('e2e-diff')
})
afterAll(() => answers?.close())
afterEach(() => expectNothingLeft(answers))

test('exactly the four differences of v2 are named, each with its rate, and no noise', async () => {
  await answers.setVariant('differs')
  const { summary, load } = await diffUnder(
    answers,
    () => answers.load(times(130, 200), times(39, 26), PATHS),
    '--baseline'
  )
  expect(load.errors).toBe(0)
  expect(summary.requests).toBeGreaterThanOrEqual(5000)
  expect(named(summary)).toEqual([
    'GET /items/{id}: $.price.amount value',
    'GET /list: $.elements order',
    'GET /orders: status status',
    'GET /page: header cache-control value'
  ])
  const trueRates: Readonly<Record<string, number>> = {
    '$.price.amount': 0.01,
    '$.elements': 0.2,
    status: 0.04,
    'header cache-control': 1
  }
  for (const { field, interval } of summary.endpoints.flatMap(({ fields }) => differing(fields))) {
    expect(interval[0], field).toBeLessThanOrEqual(trueRates[field]!)
    expect(interval[1], field).toBeGreaterThanOrEqual(trueRates[field]!)
  }
})

test('of an identical v2 nothing is named, in any run', async () => {
  await answers.setVariant('same')
  for (let run = 1; run <= times(5, 1); run++) {
    const { summary } = await diffUnder(answers, () => answers.load(150, 5, PATHS), '--baseline')
    expect(summary.requests, `run ${run}`).toBeGreaterThan(500)
    expect(named(summary), `run ${run}`).toEqual([])
  }
})

test('99.9 % of the live requests are paired, in bounded memory', async () => {
  await answers.setVariant('same')
  const sizes: number[] = []
  const compared = answers.diff([])
  const watching = setInterval(() => sizes.push(residentSize(compared.process.pid!)), 500)
  await compared.opened()
  // Connections from before the filter are used once more, unseen: each of these is one request of another endpoint.
  await answers.load(100, 2, ['/empty'])
  const load = await answers.load(200, times(60, 20), PATHS)
  clearInterval(watching)
  await compared.quiet()
  compared.process.kill('SIGINT')
  const { stdout, stderr } = await compared.ended
  const loaded = readSummary(stdout).endpoints.filter(({ endpoint }) => endpoint !== 'GET /empty')
  const [requests, copied] = [total(loaded.map((one) => one.requests)), total(loaded.map((one) => one.copied))]
  expect(requests, stderr).toBeGreaterThanOrEqual(0.999 * (load.sent - load.errors))
  expect(copied / (load.sent - load.errors)).toBeGreaterThanOrEqual(0.999)
  // Node takes its time to collect; that nothing piles up, test/unit/bodies/memory.test.ts proves.
  expect(Math.max(...sizes), sizes.join()).toBeLessThan(400)
})

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}

function residentSize(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

test('every kind of answer is compared or named', async () => {
  await answers.setVariant('differs', 2)
  const paths = [
    '/large',
    '/large?random=1',
    '/gzip',
    '/chunked',
    '/events',
    '/empty',
    '/image',
    '/cookie',
    'HEAD:/list',
    'UPGRADE:/upgrade'
  ]
  const { summary } = await diffUnder(answers, () => answers.load(20, 10, paths))
  const fields = Object.fromEntries(
    summary.endpoints.map(({ endpoint, fields: found }) => [
      endpoint,
      {
        as: Object.keys(found?.comparedAs ?? {}),
        differ: differing(found).map(({ field, kind }) => `${field} ${kind}`)
      }
    ])
  )
  expect(fields).toMatchObject({
    'GET /large': { as: ['truncated'] },
    'GET /gzip': { as: ['JSON'], differ: ['$.price value'] },
    'GET /chunked': { as: ['JSON'], differ: ['$.parts[*] value'] },
    'GET /events': { as: ['event stream'], differ: ['$[*].data.tick value'] },
    'GET /empty': { as: ['no body'], differ: [] },
    'GET /image': { as: ['binary'], differ: ['body bytes'] },
    'GET /cookie': { as: ['JSON'], differ: [] },
    'HEAD /list': { as: ['no body'], differ: [] }
  })
  expect(summary.endpoints.map(({ endpoint }) => endpoint)).not.toContain('GET /upgrade')
})

test('a replica replaced in the middle loses no pair', async () => {
  await answers.setVariant('same', 2)
  const replace = async (): Promise<void> => {
    await pause(5000)
    for (const version of ['v1', 'v2']) {
      const [pod = ''] = (await answers.kubectl(['get', 'pods', '-l', `version=${version}`, '-o', 'name'])).split('\n')
      await answers.kubectl(['delete', pod, '--wait=false'])
    }
  }
  const { summary } = await diffUnder(answers, () => Promise.all([answers.load(60, 24, PATHS), replace()]))
  expect(summary.requests).toBeGreaterThan(1000)
  expect(summary.copied / summary.requests).toBeGreaterThanOrEqual(0.99)
  expect(summary.orphans / summary.requests).toBeLessThan(0.01)
})
