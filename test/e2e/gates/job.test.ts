// The Job of examples/gates, with the rights of examples/gates and no others: passes an equal v2, and fails a worse one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mirrored, openShop, V1, type Shop } from '../compare/shop.ts'
import { isShort, times } from '../short.ts'
import { example, underLoad, verdictOf, type Verdict } from './example.ts'

const NAMESPACE = 'e2e-gates'
const ROUNDS = Array.from({ length: times(5, 1) }, (_, index) => index + 1)

let shop: Shop

beforeAll(async () => {
  shop = await openShop(NAMESPACE)
  await shop.kubectl(['apply', '-f', '-'], example('rights.yaml', NAMESPACE))
  await shop.route(mirrored(`[${V1}]`, 100))
})
afterAll(() => shop?.close())

/** `edit`: of the Job's manifest. */
async function run(mark: string, edit = (manifest: string) => manifest): Promise<Verdict> {
  await shop.kubectl(['delete', 'job', 'compare-shop', '--ignore-not-found'])
  const { result } = await underLoad(shop.kubectl, mark, async () => {
    await shop.kubectl(['apply', '-f', '-'], edit(example('job.yaml', NAMESPACE)))
    return verdictOf(shop.kubectl, 'compare-shop')
  })
  return result
}

/** The shop says in a header which version it is. */
const asDiff = (job: string) =>
  job
    .replace('mirror, compare', 'mirror, diff')
    .replace('args: [', 'args: [--ignore-header=x-version, ')
    .replace('p50>50%', 'field>1%')

describe('a v2 that is as good', () => {
  test.for(ROUNDS)('passes, round %i', async (round) => {
    const verdict = await run(`equal-${round}`)
    expect(verdict, verdict.log).toMatchObject({ ended: 'Complete', exitCode: 0 })
  })

  test.skipIf(isShort)('`diff` says what right it lacks, and passes with rights-of-diff.yaml', async () => {
    const refused = await run('refused', asDiff)
    expect(refused).toMatchObject({ ended: 'Failed', exitCode: 1 })
    expect(refused.message).toMatch(/you may not create envoyfilters/)
    await shop.kubectl(['apply', '-f', '-'], example('rights-of-diff.yaml', NAMESPACE))
    const verdict = await run('diff', asDiff)
    expect(verdict, verdict.log).toMatchObject({ ended: 'Complete', exitCode: 0 })
    expect(await shop.kubectl(['get', 'envoyfilters', '--output=name'])).toBe('')
  })

  test.skipIf(isShort)('without requests nothing is known, and the Job fails with 3', async () => {
    await shop.kubectl(['delete', 'job', 'compare-shop', '--ignore-not-found'])
    await shop.kubectl(['apply', '-f', '-'], example('job.yaml', NAMESPACE).replace('--for=4m', '--for=5s'))
    expect(await verdictOf(shop.kubectl, 'compare-shop')).toMatchObject({ ended: 'Failed', exitCode: 3 })
  })
})

describe('a v2 that is slower, and fails one request in fifty', () => {
  beforeAll(() => shop.setMirror(['WORSE=1']))

  test.for(ROUNDS)('fails with 2, and the status of its pod says why, round %i', async (round) => {
    const verdict = await run(`worse-${round}`)
    expect(verdict, verdict.log).toMatchObject({ ended: 'Failed', exitCode: 2 })
    expect(verdict.message).toContain('GET /errors')
  })
})
