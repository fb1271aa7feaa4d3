// What bounds the harm that a target can do, on a real mesh: the length of bodies, and how many copies are open.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../until.ts'
import { openMesh, steady, type Mesh } from './mesh.ts'
import { times } from './short.ts'

let mesh: Mesh

beforeAll(async () => {
  mesh = await openMesh('e2e-hazards')
})
afterAll(() => mesh?.close())

/** `2:200`: number and status of each request, in any order; a request is options of curl. */
function send(marker: string, path: string, ...requests: readonly string[]): Promise<string> {
  const all = requests.map((options, index) => {
    return `curl -s -o /dev/null -w '${index}:%{http_code}\\n' ${options} 'http://httpbin:8000${path}?${marker}-${index}' &`
  })
  return mesh.kubectl(['exec', 'deploy/sleep', '--', 'sh', '-c', `${all.join('\n')}\nwait`])
}

const body = (bytes: number, ...headers: readonly string[]) =>
  `--data-binary "$(head -c ${bytes} /dev/zero | tr '\\0' x)" ${headers.map((one) => `-H '${one}'`).join(' ')}`

test('with max-body a request of that length is copied, one that declares more is not, and v1 answers both', async () => {
  await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2', '--max-body', '1Ki', '--direct'])
  await mesh.settle(true)
  const marker = `body=${Date.now()}`
  const answered = await send(
    marker,
    '/anything',
    body(1024),
    body(1025),
    body(1025, 'Transfer-Encoding: chunked'),
    body(100_000),
    ''
  )
  expect(answered.trim().split('\n').toSorted()).toEqual(['0:200', '1:200', '2:200', '3:200', '4:200'])
  const copies = await steady(() => mesh.seen('v2', marker), 3)
  expect(copies.toSorted()).toEqual([0, 2, 4].map((index) => `/anything?${marker}-${index}`))
  expect(await steady(() => mesh.seen('v1', marker), 5)).toHaveLength(5)
})

test('http2MaxRequests bounds the open copies of HTTP/1.1, too, and live requests notice nothing', async () => {
  await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'v2', '--direct', '--replace'])
  await mesh.settle(true)
  expect(await copiesOfSlowRequests(), 'without the limit').toBeGreaterThan(2)
  const connectionPool = { http: { http2MaxRequests: 2 } }
  const subsets = ['v1', 'v2'].map((version) => {
    return { name: version, labels: { version }, ...(version === 'v2' && { trafficPolicy: { connectionPool } }) }
  })
  const patch = JSON.stringify({ spec: { subsets } })
  await mesh.kubectl(['patch', 'destinationrule', 'httpbin', '--type', 'merge', '-p', patch])
  const limit = `v2|httpbin.${mesh.namespace}.svc.cluster.local::default_priority::max_requests::2\n`
  await until('the sidecar knows', async () => (await mesh.curl('localhost:15000/clusters')).includes(limit), 60_000)
  expect(await copiesOfSlowRequests(), 'with it').toBeLessThanOrEqual(2)
})

/** Sent at once; each version serves one after the other. */
const SLOW = times(12, 6)

async function copiesOfSlowRequests(): Promise<number> {
  const marker = `open=${Date.now()}`
  const answered = await send(marker, '/delay/1', ...Array.from({ length: SLOW }, () => ''))
  expect(answered.match(/:200$/gm)).toHaveLength(SLOW)
  return (await steady(() => mesh.seen('v2', marker))).length
}
