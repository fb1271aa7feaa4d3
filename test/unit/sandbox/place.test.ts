import { expect, test } from 'vitest'
import { placeOf } from '../../sandbox/place.ts'

test('no two instances share a folder, a link, an address or a cgroup', () => {
  const places = Array.from({ length: 10 }, (_, instance) => placeOf({ KUBECTL_MIRROR_SANDBOX: String(instance) }))
  for (const key of ['state', 'logs', 'hostLink', 'hostAddress', 'nodeAddress', 'cgroup', 'kubeconfig'] as const) {
    expect(new Set(places.map((place) => place[key])).size).toBe(places.length)
  }
  expect(new Set(places.map(({ cache }) => cache)).size).toBe(1)
})

test("a link's name fits into the kernel's 15 bytes", () => {
  const { hostLink, nodeLink } = placeOf({ KUBECTL_MIRROR_SANDBOX: '9' })
  expect([hostLink, nodeLink].filter((name) => name.length > 15)).toEqual([])
})

test.for(['10', '-1', 'one', ' 1'])('refuses instance "%s", naming what is allowed', (value) => {
  expect(() => placeOf({ KUBECTL_MIRROR_SANDBOX: value })).toThrow('Allowed are 0 to 9')
})

test('instance 0 when none is asked for, and the cache where XDG says', () => {
  expect(placeOf({ XDG_CACHE_HOME: '/cache' })).toMatchObject({ instance: 0, cache: '/cache/kubectl-mirror' })
})
