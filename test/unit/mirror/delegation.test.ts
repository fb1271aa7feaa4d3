// What Istio makes of a delegate under its roots. The rows follow TestMergeHTTPRoutes and its neighbours in istiod.
import { expect, test } from 'vitest'
import { delegation, rootsOf } from '../../../mirror/delegation.ts'
import type { HttpMatch, HttpRule, VirtualService } from '../../../mirror/virtual-service.ts'

test.for<[name: string, root: HttpMatch[] | undefined, leaf: HttpMatch[] | undefined, conflict: string | undefined]>([
  ['no match in the root', undefined, [{ uri: { regex: '.*' } }], undefined],
  ['no match in the delegate', [{ uri: { prefix: '/' }, ignoreUriCase: true }], undefined, undefined],
  ['a condition that the root lacks', [{ uri: { prefix: '/a' } }], [{ method: { exact: 'GET' } }], undefined],
  ['a prefix below the root', [{ uri: { prefix: '/a' } }], [{ uri: { prefix: '/a/b' } }], undefined],
  ['a path below the root', [{ uri: { prefix: '/a' } }], [{ uri: { exact: '/a/b' } }], undefined],
  ['the same path', [{ uri: { exact: '/a' } }], [{ uri: { exact: '/a' } }], undefined],
  ['a prefix above the root', [{ uri: { prefix: '/a/b' } }], [{ uri: { prefix: '/a' } }], 'uri'],
  ['a prefix under a path', [{ uri: { exact: '/a' } }], [{ uri: { prefix: '/a' } }], 'uri'],
  ['a regex under a path', [{ method: { exact: 'GET' } }], [{ method: { regex: 'GET|HEAD' } }], 'method'],
  ['the same regex', [{ uri: { regex: '/a.*' } }], [{ uri: { regex: '/a.*' } }], 'uri'],
  ['presence under presence', [{ headers: { x: {} } }], [{ headers: { x: {} } }], 'headers["x"]'],
  ['presence under a value', [{ headers: { x: { exact: 'a' } } }], [{ headers: { x: {} } }], 'headers["x"]'],
  [
    'another spelling of a header',
    [{ headers: { X: { exact: 'a' } } }],
    [{ headers: { x: { exact: 'b' } } }],
    undefined
  ],
  [
    'withoutHeaders',
    [{ withoutHeaders: { x: { exact: 'a' } } }],
    [{ withoutHeaders: { x: { exact: 'b' } } }],
    'withoutHeaders["x"]'
  ],
  ['a query', [{ queryParams: { q: { exact: 'a' } } }], [{ queryParams: { q: { exact: 'b' } } }], 'queryParams["q"]'],
  [
    'case of the path',
    [{ uri: { prefix: '/' }, ignoreUriCase: true }],
    [{ method: { exact: 'GET' } }],
    'ignoreUriCase'
  ],
  ['ports', [{ port: 80 }], [{ port: 81 }], 'port'],
  ['one port', [{ port: 80 }], [{ uri: { prefix: '/' } }], undefined],
  ['the source namespace', [{ sourceNamespace: 'a' }], [{ method: { exact: 'GET' } }], 'sourceNamespace'],
  [
    'source labels',
    [{ sourceLabels: { app: 'a' } }],
    [{ sourceLabels: { app: 'b', tier: 'c' } }],
    'sourceLabels["app"]'
  ],
  ['more source labels', [{ sourceLabels: { app: 'a' } }], [{ sourceLabels: { tier: 'c' } }], undefined],
  ['gateways of two namespaces', [{ gateways: ['public'] }], [{ gateways: ['public'] }], 'gateways'],
  ['one gateway, spelled twice', [{ gateways: ['public', 'mesh'] }], [{ gateways: ['edge/public'] }], undefined],
  [
    'one of two branches',
    [{ uri: { prefix: '/a' } }, { uri: { prefix: '/b' } }],
    [{ uri: { prefix: '/b/c' } }],
    undefined
  ],
  [
    'a second branch outside',
    [{ uri: { prefix: '/a' } }],
    [{ uri: { exact: '/a' } }, { uri: { exact: '/b' } }],
    'match[1]: uri'
  ]
])('%s', ([, root, leaf, conflict]) => {
  const rule: HttpRule = { ...(root && { match: root }), delegate: { name: 'leaf', namespace: 'shop' } }
  const object = withRules({ ...(leaf && { match: leaf }), route: [] })
  const [found] = delegation(object, rootsOf(object, [withHosts(rule)])).rules
  const texts = found!.findings.map(({ code, message }) => `${code} ${message}`)
  expect(found!.keptBy).toHaveLength(conflict === undefined ? 1 : 0)
  expect(texts).toHaveLength(conflict === undefined ? 0 : 1)
  if (conflict !== undefined) expect(texts[0]).toContain(`${conflict.replace(/^(?!match)/, 'match[0]: ')} is `)
})

test('a root is a rule of an object with hosts that names the delegate; its own namespace is the default', () => {
  const leaf = withRules({ route: [] })
  const unnamed = { delegate: { name: 'leaf' } }
  const named = { delegate: { name: 'leaf', namespace: 'shop' } }
  const other = { delegate: { name: 'other', namespace: 'shop' } }
  const root = withHosts(other, named, unnamed)
  const neighbour = { ...withHosts(unnamed), metadata: { namespace: 'shop', name: 'near' } }
  const hostless = withRules(named)
  const found = rootsOf(leaf, [root, neighbour, hostless, leaf])
  expect(found.map(({ namespace, name, path }) => [namespace, name, path])).toEqual([
    ['edge', 'edge', 'spec.http[1]'],
    ['shop', 'near', 'spec.http[0]']
  ])
})

test('says that no root names it, and that a root cannot see it', () => {
  const leaf = withRules({ route: [] })
  const root = withHosts({ delegate: { name: 'leaf', namespace: 'shop' } })
  const codes = (object: VirtualService, all: VirtualService[]) => {
    const { findings, rules } = delegation(object, rootsOf(object, all))
    return [...findings.map(({ code }) => code), ...rules.map(({ keptBy }) => keptBy.length)]
  }
  const exported = (...exportTo: string[]): VirtualService => ({ ...leaf, spec: { ...leaf.spec, exportTo } })
  expect(codes(leaf, [])).toEqual(['delegateUnused', 0])
  expect(codes(leaf, [root])).toEqual([1])
  expect(codes(exported('.', 'other'), [root])).toEqual(['delegateHidden', 0])
  expect(codes(exported('edge'), [root])).toEqual([1])
  expect(codes(exported('*'), [root])).toEqual([1])
})

test.for<[own: Partial<HttpRule>, root: Partial<HttpRule>, ended: string[]]>([
  [{ mirror: { host: 'v2' } }, { mirror: { host: 'audit', subset: 'a' } }, ['audit/a']],
  [{ mirrors: [{ destination: { host: 'v2' } }] }, { mirror: { host: 'audit' } }, []],
  [{ mirrors: [{ destination: { host: 'v2' } }] }, { mirrors: [{ destination: { host: 'audit' } }] }, ['audit']],
  [{ mirror: { host: 'v2' } }, { mirrors: [{ destination: { host: 'audit' } }] }, []],
  [{}, { mirror: { host: 'audit' } }, []]
])('`mirror` and `mirrors` are inherited each by itself: %j under %j', ([own, above, ended]) => {
  const leaf = withRules({ route: [], ...own })
  const root = withHosts({ delegate: { name: 'leaf', namespace: 'shop' }, ...above })
  const findings = delegation(leaf, rootsOf(leaf, [root])).rules.flatMap((rule) => rule.findings)
  expect(findings.map(({ code }) => code)).toEqual(ended.map(() => 'rootMirrorEnds'))
  for (const [index, target] of ended.entries()) expect(findings[index]!.message).toContain(`to ${target} in edge/edge`)
})

function withRules(...http: HttpRule[]): VirtualService {
  return { metadata: { namespace: 'shop', name: 'leaf' }, spec: { http } }
}

function withHosts(...http: HttpRule[]): VirtualService {
  return { metadata: { namespace: 'edge', name: 'edge' }, spec: { hosts: ['edge'], http } }
}
