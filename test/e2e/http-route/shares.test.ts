// How many requests an HTTPRoute's mirror copies, in the mesh and through a Gateway: a route for each share, on a path of its own,
// all of them at once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { binomialAtMost } from '../../../plugin/compare/statistics/chance.ts'
import { until } from '../../until.ts'
import { addThirdVersion, steady, type Mesh } from '../mesh.ts'
import { times } from '../short.ts'
import { CALLERS, openHttpbin } from './httpbin.ts'

/** `to`, and per cent of the requests that v2 and v3 must see. */
const SHARES: readonly (readonly [to: string, v2: number, v3: number])[] = [
  ['httpbin-v2=0.01', 0.01, 0],
  ['httpbin-v2=0.5', 0.5, 0],
  ['httpbin-v2=1', 1, 0],
  ['httpbin-v2=10', 10, 0],
  ['httpbin-v2=12.5', 12.5, 0],
  ['httpbin-v2=25', 25, 0],
  ['httpbin-v2=50', 50, 0],
  ['httpbin-v2=99', 99, 0],
  ['httpbin-v2', 100, 0],
  ['httpbin-v2,httpbin-v3', 100, 100],
  ['httpbin-v2=25,httpbin-v3=75', 25, 75]
]
const CASES = CALLERS.flatMap(({ from, host }) =>
  SHARES.map(([to, v2, v3], number) => ({ from, to, host, number, shares: { v2, v3 } }))
)
type Case = (typeof CASES)[number]

const REQUESTS = times(2_000, 100)
/** curl's connections. */
const AT_ONCE = 4

/** Requests that each version saw. */
interface Seen {
  readonly v1: number
  readonly v2: number
  readonly v3: number
}

/** Claims nothing: an end, for many requests on a busy machine. */
const TWENTY_MINUTES = 1_200_000

let mesh: Mesh
let seen: Map<Case, Seen>

beforeAll(async () => {
  mesh = await openHttpbin('e2e-route-shares')
  await addThirdVersion(mesh)
  const objects = [service('v3'), ...SHARES.map(([to], number) => route(to, number))]
  await mesh.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  for (const { host, from } of CALLERS) await until(`${from} knows all routes`, () => knowsAll(host), 120_000, 500)
  seen = await send(CASES, 'first')
  // One sample in a thousand lies outside of its interval by chance; only what does so twice is wrong.
  const outside = CASES.filter((one) => !isWithin(seen.get(one)!, one.shares))
  for (const [one, again] of await send(outside, 'again')) seen.set(one, again)
}, TWENTY_MINUTES)
afterAll(() => mesh?.close())

test.each(CASES)(`of ${REQUESTS} requests in $from, $to copies its share`, (one) => {
  const { v1, v2, v3 } = seen.get(one)!
  console.log(
    `in ${one.from}, ${one.to}: ${v1} requests, ${v2} on v2 ${JSON.stringify(interval(one.shares.v2))}, ${v3} on v3`
  )
  expect(v1).toBe(REQUESTS)
  for (const [copies, share] of [
    [v2, one.shares.v2],
    [v3, one.shares.v3]
  ] as const) {
    const [least, most] = interval(share)
    expect(copies).toBeGreaterThanOrEqual(least)
    expect(copies).toBeLessThanOrEqual(most)
  }
})

async function send(cases: readonly Case[], round: string): Promise<Map<Case, Seen>> {
  const markerOf = ({ from, number }: Case) => `share-${number}?${round}=${from.replaceAll(' ', '-')}-`
  const sending = [...Map.groupBy(cases, ({ host }) => host)].map(([host, ofCaller]) => {
    const urls = ofCaller.flatMap((one) => ['-o', '/dev/null', `${host}/anything/${markerOf(one)}[1-${REQUESTS}]`])
    return mesh.curl('--fail', '--parallel', '--parallel-max', `${AT_ONCE}`, ...urls)
  })
  await Promise.all(sending)
  const [v1 = [], v2 = [], v3 = []] = await Promise.all(
    ['v1', 'v2', 'v3'].map((version) => steady(() => mesh.seen(version, `?${round}=`)))
  )
  const count = (paths: readonly string[], one: Case) => paths.filter((path) => path.includes(markerOf(one))).length
  return new Map(cases.map((one) => [one, { v1: count(v1, one), v2: count(v2, one), v3: count(v3, one) }]))
}

function isWithin(found: Seen, shares: Case['shares']): boolean {
  return (['v2', 'v3'] as const).every((version) => {
    const [least, most] = interval(shares[version])
    return least <= found[version] && found[version] <= most
  })
}

/** Where 99.9 % of all samples lie. */
function interval(percent: number): [least: number, most: number] {
  const atMost = (copies: number) => (copies < 0 ? 0 : binomialAtMost(copies, REQUESTS, percent / 100))
  const counts = Array.from({ length: REQUESTS + 1 }, (_, copies) => copies)
  const least = counts.find((copies) => atMost(copies) > 0.0005)!
  return [least, counts.findLast((copies) => 1 - atMost(copies - 1) > 0.0005)!]
}

/** With a header on its responses, by which a caller knows that its proxy has the route. */
function route(to: string, number: number): object {
  const set = [{ name: 'x-share', value: `${number}` }]
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `share-${number}`, annotations: { 'kubectl-mirror.dev/to': to } },
    spec: {
      parentRefs: CALLERS.map(({ parent }) => parent),
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: `/anything/share-${number}` } }],
          filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set } }],
          backendRefs: [{ name: 'httpbin-v1', port: 80 }]
        }
      ]
    }
  }
}

async function knowsAll(host: string): Promise<boolean> {
  const each = `${host}/anything/share-[0-${SHARES.length - 1}]`
  const told = await mesh.curl('-o', '/dev/null', '-w', String.raw`%header{x-share}\n`, each)
  return told === SHARES.map((_, number) => `${number}\n`).join('')
}

function service(version: string): object {
  const spec = { selector: { app: 'httpbin', version }, ports: [{ name: 'http', port: 80 }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: `httpbin-${version}` }, spec }
}
