// The Gateway API on Istio, in the mesh and behind a Gateway: copies arrive in the share that was asked for, a target that vanishes
// hurts no live request, and the route comes back byte for byte.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../until.ts'
import { installWebhook } from './install.ts'
import { openMesh, steady, type Mesh } from './mesh.ts'
import { times } from './short.ts'

const EXAMPLE = new URL('../../examples/httpbin-gateway-api', import.meta.url).pathname
const GATEWAY = 'http://web-istio:8080'
const MESH = 'http://httpbin:8000'
const REQUESTS = times(2000, 400)

let mesh: Mesh

beforeAll(async () => {
  await installWebhook()
  mesh = await openMesh('e2e-http-route', EXAMPLE)
  await mesh.apply(readFileSync(`${EXAMPLE}/gateway.yaml`, 'utf8'))
  await mesh.kubectl(['wait', '--for=condition=programmed', 'gateway/web', '--timeout=120s'])
})
afterAll(() => mesh?.close())

function route(): Promise<string> {
  return mesh.kubectl(['get', 'httproute', 'httpbin', '-o', 'jsonpath={.spec}'])
}

/** undefined removes it. */
function annotate(to: string | undefined): Promise<string> {
  const pair = to === undefined ? 'kubectl-mirror.dev/to-' : `kubectl-mirror.dev/to=${to}`
  return mesh.kubectl(['annotate', '--overwrite', 'httproute', 'httpbin', pair])
}

async function parent(ref: object): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/parentRefs', value: [ref] }]
  await mesh.kubectl(['patch', 'httproute', 'httpbin', '--type=json', '-p', JSON.stringify(patch)])
}

/** Statuses of as many requests, in order. */
async function ask(url: string, marker: string, count: number): Promise<string[]> {
  const format = ['-o', '/dev/null', '-w', String.raw`%{http_code}\n`]
  return (await mesh.curl(...format, `${url}/get?${marker}[1-${count}]`)).trim().split('\n')
}

/** Waits until the proxies do as the route says. */
async function settle(url: string, mirrored: boolean): Promise<void> {
  await until(
    `v2 sees ${mirrored ? 'some' : 'none'}`,
    async () => {
      const marker = `settle=${Date.now()}-`
      const statuses = await ask(url, marker, 20).catch(() => [])
      const live = await steady(() => mesh.seen('v1', marker))
      const copies = await mesh.seen('v2', marker)
      return statuses.every((one) => one === '200') && live.length === 20 && copies.length > 0 === mirrored
    },
    90_000
  )
}

test.each([
  { what: 'the mesh', url: MESH, ref: { group: '', kind: 'Service', name: 'httpbin', port: 8000 } },
  { what: 'a Gateway', url: GATEWAY, ref: { name: 'web' } }
])(
  'in $what: copies arrive, in the share that was asked for, and the route comes back byte for byte',
  async ({ url, ref }) => {
    await parent(ref)
    const before = await route()
    await settle(url, false)
    await annotate('httpbin-v2')
    await settle(url, true)
    const all = `all=${ref.name}-`
    await ask(url, all, 20)
    const live = await steady(() => mesh.seen('v1', all), 20)
    expect(live).toHaveLength(20)
    expect((await steady(() => mesh.seen('v2', all), 20)).toSorted()).toEqual(live.toSorted())

    await annotate('httpbin-v2=25')
    // The share of a settled proxy: the one before mirrors all.
    await until(
      'the share is 25 %',
      async () => {
        const marker = `part=${Date.now()}-`
        await ask(url, marker, 40)
        return (await steady(() => mesh.seen('v2', marker))).length < 30
      },
      60_000
    )
    const some = `some=${ref.name}-`
    await ask(url, some, REQUESTS)
    const copies = (await steady(() => mesh.seen('v2', some))).length
    // 99.9 % of samples lie within 3.29 standard deviations.
    expect(Math.abs(copies - REQUESTS / 4)).toBeLessThan(3.29 * Math.sqrt(REQUESTS * 0.25 * 0.75))

    await annotate(undefined)
    expect(await route()).toBe(before)
    await settle(url, false)
  }
)

test('a target that vanishes under load hurts no live request, and its mirror returns with it', async () => {
  const service = await mesh.kubectl(['get', 'service', 'httpbin-v2', '-o', 'json'])
  const { metadata, spec } = JSON.parse(service) as {
    metadata: { name: string; labels: object }
    spec: { ports: object[]; selector: object }
  }
  const again = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: metadata.name, labels: metadata.labels },
    spec: { ports: spec.ports, selector: spec.selector }
  }
  await annotate('httpbin-v2')
  await settle(GATEWAY, true)
  const asking = ask(GATEWAY, 'load=', times(4000, 1000))
  await mesh.kubectl(['delete', 'service', 'httpbin-v2'])
  await until('the mirror is out', async () => !(await route()).includes('RequestMirror'), 10_000)
  await mesh.apply(JSON.stringify(again))
  await until('the mirror is back', async () => (await route()).includes('RequestMirror'), 20_000)
  expect((await asking).filter((status) => status !== '200')).toEqual([])
  await annotate(undefined)
})

test('the plugin enables it, follows both versions, compares them and ends it', async () => {
  await parent({ group: '', kind: 'Service', name: 'httpbin', port: 8000 })
  const before = await route()
  expect(await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'httpbin-v2'])).toContain(
    'httproute.gateway.networking.k8s.io/httpbin mirrored (httpbin-v1:80 -> httpbin-v2:80, 100%)'
  )
  expect(await mesh.kubectl(['mirror', 'status'])).toMatch(/^httproute\/httpbin .* Active /m)
  await settle(MESH, true)
  expect(await mesh.kubectl(['mirror', 'check', 'httpbin'])).toMatch(/^ok +parent Service httpbin +served by istio/m)

  const marker = `logged=${Date.now()}-`
  await ask(MESH, marker, 10)
  await steady(() => mesh.seen('v2', marker), 10)
  const lines = (await mesh.kubectl(['mirror', 'logs', 'httpbin', '--no-follow', '--tail=200'])).split('\n')
  const shown = (version: string) => lines.filter((one) => one.includes(marker) && one.includes(`httpbin-${version}`))
  expect([shown('v1').length, shown('v2').length]).toEqual([10, 10])

  const comparing = mesh.kubectl(['mirror', 'compare', 'httpbin', '--access-logs', '--for', '20s'])
  const load = `for i in $(seq 300); do curl -s -o /dev/null ${MESH}/get?compared=$i; sleep 0.05; done`
  const loading = mesh.kubectl(['exec', 'deploy/sleep', '--', 'sh', '-c', load])
  // Requests of the endpoint, and per cent of them that have their copy.
  expect(await comparing).toMatch(/GET \/get +\d+ +(99|100)/)
  await loading

  expect(await mesh.kubectl(['mirror', 'disable', 'httpbin'])).toContain('no longer mirrored')
  expect(await route()).toBe(before)
})
