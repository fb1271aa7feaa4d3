// examples/gates/argo-rollouts under Argo Rollouts' real controller: a canary that gets copies is promoted when it is as good, and
// aborted when it is worse. No caller is answered by it before.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { until } from '../../until.ts'
import { sendFrom, type Answer } from '../compare/shop.ts'
import { times } from '../short.ts'
import { installArgoRollouts, type ArgoRollouts } from './argo-rollouts.ts'
import { underLoad } from './example.ts'
import { openRollout, type Release, type RolloutOfShop } from './rollout.ts'

const NAMESPACE = 'e2e-gates-argo-rollouts'
const ROUNDS = Array.from({ length: times(5, 1) }, (_, index) => index + 1)
/** A comparison's requests, all of which callers made. */
const REQUESTS = 2000

// Its image is built for the sandbox.
describe.skipIf(!inject('ownsNode'))('Argo Rollouts', () => {
  let argo: ArgoRollouts | undefined
  let shop: RolloutOfShop

  beforeAll(async () => {
    argo = await installArgoRollouts()
    shop = await openRollout(NAMESPACE, { VERSION: 'good-0' })
  })
  afterAll(async () => {
    await shop?.kubectl(['delete', 'namespace', NAMESPACE])
    await argo?.remove()
  })

  async function release(VERSION: string, environment = {}): Promise<{ result: Release; answers: readonly Answer[] }> {
    return underLoad(shop.kubectl, VERSION, async () => {
      const ended = await shop.release({ VERSION, ...environment })
      // Callers that come later are seen too.
      await sleep(5_000)
      return ended
    })
  }

  test.for(ROUNDS)('a canary that is as good is promoted, round %i', async (round) => {
    const { result, answers } = await release(`good-${round}`)
    expect(result, result.verdict.log).toMatchObject({ ended: 'promoted', verdict: { exitCode: 0 } })
    const before = answers.filter(({ at }) => at < result.verdict.at)
    expect(before.length).toBeGreaterThan(REQUESTS)
    expect(versionsOf(before)).toEqual([`good-${round - 1}`])
    await until(
      'it answers everyone',
      async () => {
        const now = await sendFrom(shop.kubectl, { COUNT: '40', MARK: `after-${round}` })
        return versionsOf(now).join() === `good-${round}`
      },
      60_000
    )
    expect(await shop.rules()).toEqual([RULE])
  })

  test.for(ROUNDS)('a canary that is slower and fails one request in fifty is aborted, round %i', async (round) => {
    const { result, answers } = await release(`worse-${round}`, { WORSE: '1' })
    expect(result, result.verdict.log).toMatchObject({ ended: 'aborted', verdict: { exitCode: 2 } })
    expect(result.message).toContain('"compare" assessed Failed')
    expect(result.verdict.message).toContain('GET /errors')
    expect(answers.length).toBeGreaterThan(REQUESTS)
    expect(versionsOf(answers)).toEqual([`good-${ROUNDS.length}`])
    expect(await shop.rules()).toEqual([RULE])
  })
})

/** Without a mirror, and with all weight on the stable version. */
const RULE = {
  name: 'primary',
  route: [
    { destination: { host: 'shop', subset: 'stable' }, weight: 100 },
    { destination: { host: 'shop', subset: 'canary' }, weight: 0 }
  ]
}

/** A response without one is Envoy's own. */
function versionsOf(answers: readonly Answer[]): string[] {
  return [...new Set(answers.map(({ version }) => version))]
}
