// compare on an HTTPRoute: each request of the mesh and of a Gateway with its own copy; of an equal v2 nothing is named, of a worse
// one exactly what is worse.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../until.ts'
import { ERRORS, expectReasons, GATES, LOAD, named, WORSE } from '../compare/judged.ts'
import { ofMark, score } from '../compare/output.ts'
import { openShop, type Shop } from '../compare/shop.ts'
import { watchWhile } from '../compare/watch.ts'
import { runKubectl } from '../kubectl.ts'
import { times } from '../short.ts'
import { callersOf, groupsOf, openGateway, routed, type Caller } from './callers.ts'
import { twiceIfNamed } from './equal.ts'

const NAMESPACE = 'e2e-route-compare'
const CALLERS = callersOf('shop')
const GROUPS = groupsOf(CALLERS)
/** Of each caller. Latency is judged by slices of a second, and takes some 15 of them. */
const COUNT = times(4_800, 1_000)
/** As many in all as in compare.test.ts. */
const CONNECTIONS = `${times(8, 4)}`

let shop: Shop

beforeAll(async () => {
  shop = await openShop(NAMESPACE)
  await openGateway(shop.kubectl)
  const items = routed('shop', CALLERS)
  await shop.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await runKubectl(['mirror', 'enable', 'httproute/shop', '--to', 'shop-v2', '--namespace', NAMESPACE])
  for (const { from, host } of CALLERS) {
    await until(
      `copies of ${from} arrive`,
      async () => {
        const mark = `settle${Date.now()}`
        await shop.send({ COUNT: '20', MARK: mark, HOST: host })
        return (await shop.printed('v1', mark)).size === 20 && (await shop.printed('v2', mark)).size === 20
      },
      120_000
    )
  }
})
afterAll(() => shop?.close())

/** All that is sent has its own copy; the verdict is for the caller to judge. */
async function compared(callers: readonly Caller[], name: string) {
  const marks = callers.map(({ host }) => ({ HOST: host, MARK: `${name}-${host.replaceAll(/\W/g, '')}` }))
  const send = () => Promise.all(marks.map((mark) => shop.send({ ...LOAD, COUNT: `${COUNT}`, CONNECTIONS, ...mark })))
  const { pairs, answers, summary, finished } = await watchWhile(shop, send, [...GATES])
  for (const [index, { MARK: mark }] of marks.entries()) {
    const { right, wrong } = score(ofMark(pairs, mark), mark)
    console.log(`${mark}: ${answers[index]!.size} answered, ${right.size} with their own copy, ${wrong} with another`)
    expect(new Set(answers[index]!.values())).toEqual(new Set(['v1']))
    expect([answers[index]!.size, right.size, wrong]).toEqual([COUNT, COUNT, 0])
  }
  return { names: named(summary), code: finished.code, summary, stderr: finished.stderr }
}

test.each(GROUPS)('an equal v2 called from $from: nothing is named, and the gate passes', async ({ callers }) => {
  const { names, code, stderr } = await twiceIfNamed((run) => compared(callers, `equal${run}`))
  expect(names).toEqual([])
  expect(code, stderr).toBe(0)
})

test.each(GROUPS)(
  'a worse v2 called from $from: exactly what is worse is named, and the gate fails',
  async ({ callers }) => {
    await shop.setMirror(['WORSE=1', ERRORS])
    const { names, code, summary, stderr } = await compared(callers, 'worse')
    expect(names).toEqual(WORSE)
    expectReasons(summary)
    expect(code, stderr).toBe(2)
  }
)
