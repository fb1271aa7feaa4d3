// Which DestinationRules Istio uses: after its own lookup, PushContext.destinationRule.
import { expect, test } from 'vitest'
import { rulesInUse, type Lookup, type RuleReach } from '../../../mirror/destination-rules.ts'

const HOST = 'httpbin.shop.svc.cluster.local'
const FROM_SHOP: Lookup = { host: HOST, client: 'shop', services: ['shop'] }
const FROM_EDGE: Lookup = { ...FROM_SHOP, client: 'edge' }
const FROM_ROOT: Lookup = { ...FROM_SHOP, client: 'istio-system' }

/** `shop/a`, exported to the namespaces named, older than the next. */
function rule(key: string, exportTo: readonly string[] = [], more: Partial<RuleReach> = {}): RuleReach {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name, host: HOST, exportTo, created: '', hasSelector: false, ...more }
}

test.for<[string, Lookup, readonly RuleReach[], readonly string[]]>([
  ['one of the caller and the Service', FROM_SHOP, [rule('shop/a')], ['a']],
  ['one of the Service, from elsewhere', FROM_EDGE, [rule('shop/a')], ['a']],
  ['one of the root namespace', FROM_EDGE, [rule('istio-system/a')], ['a']],
  ['one of a namespace that has nothing to do with it', FROM_SHOP, [rule('other/a')], []],
  ['the caller before the Service', FROM_EDGE, [rule('shop/a'), rule('edge/b')], ['b']],
  ['the Service before the root', FROM_EDGE, [rule('istio-system/a'), rule('shop/b')], ['b']],
  ['private to the Service, from there', FROM_SHOP, [rule('shop/a', ['.'])], ['a']],
  ['private to the Service, from elsewhere', FROM_EDGE, [rule('shop/a', ['.'])], []],
  ['private by name, from elsewhere', FROM_EDGE, [rule('shop/a', ['shop'])], []],
  ['to the caller by name', FROM_EDGE, [rule('shop/a', ['edge'])], ['a']],
  ['to another by name', FROM_EDGE, [rule('shop/a', ['other'])], []],
  ['of the caller, but for others alone', FROM_EDGE, [rule('edge/a', ['other'])], []],
  ['to no namespace', FROM_SHOP, [rule('shop/a', ['~'])], []],
  ['a private one leaves the root to decide', FROM_EDGE, [rule('shop/a', ['.']), rule('istio-system/b')], ['b']],
  ['the root as caller looks into the Service first', FROM_ROOT, [rule('istio-system/a'), rule('shop/b')], ['b']],
  ['but into its own private ones before', FROM_ROOT, [rule('istio-system/a', ['.']), rule('shop/b')], ['a']],
  ['the exact host', FROM_SHOP, [rule('shop/a', [], { host: '*.shop.svc.cluster.local' }), rule('shop/b')], ['b']],
  [
    'the longest pattern',
    FROM_SHOP,
    [rule('shop/a', [], { host: '*.cluster.local' }), rule('shop/b', [], { host: '*.shop.svc.cluster.local' })],
    ['b']
  ],
  [
    'the most specific of the Service decides, though the caller may not see it',
    FROM_EDGE,
    [rule('shop/a', [], { host: '*.shop.svc.cluster.local' }), rule('shop/b', ['other'])],
    []
  ],
  ['two of the same reach are one', FROM_SHOP, [rule('shop/a'), rule('shop/b')], ['a', 'b']],
  [
    'two of different reach are not: the younger is used',
    FROM_SHOP,
    [rule('shop/a', ['.'], { created: '2026-01-02' }), rule('shop/b', [], { created: '2026-01-01' })],
    ['a']
  ],
  [
    'one that reaches further joins an older one',
    FROM_SHOP,
    [rule('shop/a', ['.'], { created: '2026-01-01' }), rule('shop/b', ['.', 'x'], { created: '2026-01-02' })],
    ['a', 'b']
  ],
  [
    'with a selector, for its own namespace',
    FROM_SHOP,
    [rule('shop/a', [], { hasSelector: true }), rule('shop/b')],
    ['a', 'b']
  ],
  ['with a selector, from elsewhere', FROM_EDGE, [rule('shop/a', ['*'], { hasSelector: true })], []],
  ['a host of two ServiceEntries', { ...FROM_EDGE, services: ['one', 'two'] }, [rule('two/a')], ['a']]
])('%s', ([, lookup, rules, expected]) => {
  expect(rulesInUse(rules, lookup).map(({ name }) => name)).toEqual(expected)
})

test('ten thousand rules of one host cost what ten thousand cost', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => rule(`shop/${at}`, ['.', `ns-${at}`]))
  const cost = (rules: readonly RuleReach[]) => {
    const before = process.cpuUsage()
    rulesInUse(rules, FROM_SHOP)
    return process.cpuUsage(before).user
  }
  cost(many(1000))
  expect(cost(many(10_000))).toBeLessThan(40 * Math.max(cost(many(1000)), 1000))
})
