// The tutorial's commands on an HTTPRoute, in the mesh and behind a Gateway: enable, status, check, logs, disable.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { steady, type Mesh } from '../mesh.ts'
import { CALLERS, openHttpbin, ROUTE, serve, settled } from './httpbin.ts'

const REQUESTS = 20

let mesh: Mesh

beforeAll(async () => {
  mesh = await openHttpbin('e2e-route-plugin')
})
afterAll(() => mesh?.close())

test.each(CALLERS)('for $from', async (caller) => {
  await serve(mesh, [caller])
  const before = await mesh.spec(ROUTE)
  expect(await mesh.kubectl(['mirror', 'enable', 'httpbin', '--to', 'httpbin-v2'])).toContain(
    'httproute.gateway.networking.k8s.io/httpbin mirrored (httpbin-v1:80 -> httpbin-v2:80, 100%)'
  )
  await settled(mesh, true, [caller])
  expect(await mesh.kubectl(['mirror', 'status'])).toMatch(/^httproute\/httpbin .* Active /m)
  expect(await mesh.kubectl(['mirror', 'check', 'httpbin'])).toMatch(caller.checked)

  const marker = `logged=${Date.now()}-`
  const answers = await mesh.curl(
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}\n',
    `${caller.host}/get?${marker}[1-${REQUESTS}]`
  )
  expect(answers).toBe('200\n'.repeat(REQUESTS))
  const live = await steady(() => mesh.seen('v1', marker), REQUESTS)
  expect(live).toHaveLength(REQUESTS)
  expect((await steady(() => mesh.seen('v2', marker), REQUESTS)).toSorted()).toEqual(live.toSorted())
  const lines = (await mesh.kubectl(['mirror', 'logs', 'httpbin', '--no-follow', '--tail=200'])).split('\n')
  for (const version of ['v1', 'v2']) {
    const shown = lines.filter((line) => line.includes(marker) && line.includes(`httpbin-${version}`))
    expect(shown, version).toHaveLength(REQUESTS)
    for (const path of live)
      expect(
        shown.filter((line) => line.includes(`${path} `)),
        path
      ).toHaveLength(1)
  }

  expect(await mesh.kubectl(['mirror', 'disable', 'httpbin'])).toContain('no longer mirrored')
  expect(await mesh.spec(ROUTE)).toBe(before)
})
