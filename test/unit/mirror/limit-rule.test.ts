// The DestinationRule that limits copies: what it says, and where none may be because Istio would not merge it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rulesInUse, type RuleReach } from '../../../mirror/destination-rules.ts'
import { hostRules, limitObstacle, type LimitReach } from '../../../mirror/limit-obstacles.ts'
import { limitRule } from '../../../mirror/limit-rule.ts'
import { limitOwnerOf, type Subset } from '../../../mirror/mesh-objects.ts'

const HOST = 'httpbin.shop.svc.cluster.local'
const OWNER = { namespace: 'shop', name: 'httpbin', uid: 'u1' }
const pool = (limit: number) => ({
  http: { http1MaxPendingRequests: Math.ceil(limit / 4), http2MaxRequests: limit }
})

/** With fields that we only copy. */
const policy = (fields: object) => fields as NonNullable<Subset['trafficPolicy']>

const theirs = {
  metadata: { name: 'httpbin', namespace: 'shop' },
  spec: {
    host: 'httpbin',
    exportTo: ['.', 'web'],
    trafficPolicy: policy({ tls: { mode: 'ISTIO_MUTUAL' } }),
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' }, trafficPolicy: policy({ loadBalancer: { simple: 'RANDOM' } }) }
    ]
  }
}

test('it has the labels and the policy of the version, the reach of its rule, and no policy of the host', () => {
  expect(limitRule(OWNER, { host: HOST, subsets: ['v2', undefined], limit: 64 }, [theirs])).toEqual({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: {
      name: 'httpbin.kubectl-mirror.httpbin',
      namespace: 'shop',
      labels: { 'kubectl-mirror.dev/limit': '64' },
      ownerReferences: [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'httpbin', uid: 'u1' }]
    },
    spec: {
      host: 'httpbin',
      exportTo: ['.', 'web'],
      subsets: [
        {
          name: 'kubectl-mirror-v2',
          labels: { version: 'v2' },
          trafficPolicy: { loadBalancer: { simple: 'RANDOM' }, connectionPool: pool(64) }
        },
        { name: 'kubectl-mirror', labels: {}, trafficPolicy: { connectionPool: pool(64) } }
      ]
    }
  })
})

test("it is named for its VirtualService; one from Git, without an owner, is the user's", () => {
  const { metadata } = limitRule(OWNER, { host: HOST, subsets: ['v2'], limit: 1 }, [theirs])!
  expect(limitOwnerOf(metadata)).toBe('httpbin')
  const rendered = limitRule({ namespace: 'shop', name: 'httpbin' }, { host: HOST, subsets: ['v2'], limit: 1 }, [
    theirs
  ])!
  expect(limitOwnerOf(rendered.metadata)).toBeUndefined()
})

test('none is made for a subset that is not there, or that has its limit from Git', () => {
  expect(limitRule(OWNER, { host: HOST, subsets: ['v3'], limit: 1 }, [theirs])).toBeUndefined()
  const given = { metadata: { name: 'git' }, spec: { host: HOST, subsets: [{ name: 'kubectl-mirror-v2' }] } }
  expect(limitRule(OWNER, { host: HOST, subsets: ['v2'], limit: 1 }, [theirs, given])).toBeUndefined()
})

function reach(more: Partial<LimitReach> = {}): LimitReach {
  const subsets = new Map([['v2', undefined]])
  return {
    namespace: 'shop',
    name: 'dr',
    host: HOST,
    exportTo: [],
    created: '1',
    hasSelector: false,
    owner: undefined,
    limit: undefined,
    subsets,
    ...more
  }
}
const ours = (more: Partial<LimitReach>) =>
  reach({ name: 'ours', owner: 'httpbin', subsets: new Map([['kubectl-mirror-v2', undefined]]), limit: '64', ...more })

function codeFor(rules: readonly LimitReach[], subset: string | null = 'v2', services = ['shop']) {
  const found = hostRules(rules, { host: HOST, client: 'shop', services })
  return limitObstacle({ host: HOST, limit: 64, ...(subset && { subset }) }, OWNER, found)?.code
}

test.for<[string, readonly LimitReach[], string | undefined]>([
  ['one rule beside the VirtualService', [reach()], undefined],
  ['none', [], undefined],
  ['two that reach the same callers', [reach(), reach({ name: 'b', exportTo: [] })], undefined],
  [
    'two lists of the same namespaces',
    [reach({ exportTo: ['.', 'a'] }), reach({ name: 'b', exportTo: ['a', '.'] })],
    undefined
  ],
  ['two that do not', [reach(), reach({ name: 'b', exportTo: ['.'] })], 'limitUnmergeable'],
  ['a selector', [reach({ hasSelector: true })], 'limitUnmergeable'],
  ['a pattern of hosts', [reach({ host: '*.shop.svc.cluster.local' })], 'limitPattern'],
  ["the mesh's own", [reach({ namespace: 'istio-system', host: '*.local' })], 'limitPattern'],
  ['its own in place', [reach(), ours({})], undefined],
  ['the limit of another, with the same number', [reach(), ours({ owner: 'other' })], undefined],
  ['the limit of another, with a number of its own', [reach(), ours({ owner: 'other', limit: '8' })], 'limitDiffers'],
  [
    'a subset of that name, made by hand',
    [
      reach({
        subsets: new Map([
          ['v2', 0],
          ['kubectl-mirror-v2', 0]
        ])
      })
    ],
    'limitDiffers'
  ],
  ['an object of that name', [reach(), reach({ name: 'httpbin.kubectl-mirror.httpbin' })], 'limitNameTaken']
])('%s', ([, rules, expected]) => {
  expect(codeFor(rules)).toBe(expected)
})

test('one in another namespace is none to stand beside', () => {
  expect(codeFor([reach({ namespace: 'prod' })], 'v2', ['prod'])).toBe('limitElsewhere')
  expect(codeFor([], null, ['prod'])).toBe('limitElsewhere')
  expect(codeFor([], null, ['shop'])).toBeUndefined()
  expect(codeFor([reach({ exportTo: ['web'] })], null)).toBe('limitUnmergeable')
})

/* Where nothing stands in the way, callers everywhere use the rules that they used before, and those beside it use ours, too. */
const rule: fc.Arbitrary<RuleReach> = fc.record({
  namespace: fc.constantFrom('shop', 'shop', 'shop', 'web', 'istio-system'),
  name: fc.constantFrom('a', 'b', 'c'),
  host: fc.constantFrom(HOST, HOST, HOST, '*.shop.svc.cluster.local', '*.local'),
  exportTo: fc.constantFrom<string[][]>([], [], ['*'], ['.'], ['web'], ['.', 'web']),
  created: fc.constantFrom('1', '2', '3'),
  hasSelector: fc.constantFrom(false, false, false, true)
})

test('no caller loses a rule to the one that limits', () => {
  let made = 0
  const rules = fc.uniqueArray(rule, { maxLength: 4, selector: ({ namespace, name }) => `${namespace}/${name}` })
  fc.assert(
    fc.property(rules, fc.boolean(), fc.constantFrom('0', '4'), (all, whole, created) => {
      const known = all.map((one) => reach(one))
      const found = hostRules(known, { host: HOST, client: 'shop', services: ['shop'] })
      const target = { host: HOST, limit: 64, ...(!whole && { subset: 'v2' }) }
      if (limitObstacle(target, OWNER, found) || (found.used.length === 0 && !whole)) return
      made++
      const [first] = found.used
      // Theirs may be deleted and made again, which makes ours the older one.
      const own = { ...reach({ name: 'z', created }), exportTo: first?.exportTo ?? [] }
      for (const client of ['shop', 'web', 'istio-system']) {
        const lookup = { host: HOST, client, services: ['shop'] }
        const [before, after] = [rulesInUse(known, lookup), rulesInUse([...known, own], lookup)]
        expect(after.filter((one) => one !== own).map(({ name }) => name)).toEqual(before.map(({ name }) => name))
        if (client === 'shop') expect(after).toContain(own)
      }
    }),
    { numRuns: 5000 }
  )
  expect(made).toBeGreaterThan(500)
})
