// Which mirrors of an HTTPRoute are refused because its live requests could fail, and in which words.
import { expect, test } from 'vitest'
import { checkRoute, isOnlyUnread, unreadGateways, type KnownGateways } from '../../../mirror/check-route.ts'
import { unreadMesh, type KnownMesh } from '../../../mirror/check-targets.ts'
import { edit } from '../../../mirror/edit.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import type { RouteObject } from '../../../mirror/route-kind.ts'

const PLACE = { namespace: 'prod' }
const MESH = { group: '', kind: 'Service', name: 'httpbin' }
const mesh: KnownMesh = {
  ports: (host) => (/^(v2|v3|v2-other)\.(prod|shadow)\./.test(host) ? [80] : undefined),
  subsets: () => []
}

function gatewaysOf(controllerName: string, features: readonly string[] = []): KnownGateways {
  return {
    implementation: (namespace, name) =>
      `${namespace}/${name}` === 'prod/web' ? { controllerName, features } : undefined,
    granted: (from, { namespace, name }) => from === 'prod' && namespace === 'shadow' && name === 'v2',
    keepsPercent: () => true
  }
}

const ISTIO = gatewaysOf('istio.io/gateway-controller')

function found(to: string, parents: readonly object[], gateways = ISTIO, more: Partial<RouteObject> = {}): string[] {
  const rules = [{ backendRefs: [{ name: 'v1', port: 80 }] }]
  const object = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'httpbin', namespace: 'prod', annotations: { 'kubectl-mirror.dev/to': to } },
    spec: { parentRefs: parents, rules },
    ...more
  }
  const { result, plan, problems } = edit(object, new Date(0))
  expect(problems).toEqual([])
  return checkRoute(result, plan!, PLACE, { mesh, gateways }).map(formatProblem)
}

const GATEWAY = { name: 'web' }

test.each<[to: string, parents: object[]]>([
  ['v2', [MESH]],
  ['v2', [GATEWAY]],
  ['v2', []],
  ['v2=0.0001,v3', [GATEWAY, MESH]],
  ['v2.shadow', [GATEWAY]],
  ['v2', [{ group: 'networking.istio.io', kind: 'ServiceEntry', name: 'web' }]],
  ['v2-other.shadow', [MESH]] // Istio asks for no grant in the mesh
])('nothing can fail for %s under %j', (to, parents) => {
  expect(found(to, parents)).toEqual([])
})

test.each<[to: string, parents: object[], says: RegExp]>([
  [
    'v9',
    [MESH],
    /^metadata.annotations\["kubectl-mirror.dev\/to"\]: an HTTPRoute needs a target that exists: namespace prod sees no Service/
  ],
  ['v2:81', [MESH], /Service v2\.prod\.svc\.cluster\.local has no port 81, so live requests may fail; use one of 80/],
  [
    'v2-other.shadow',
    [GATEWAY],
    /may not send to Service shadow\/v2-other .* make a ReferenceGrant in namespace shadow \(from HTTPRoutes of namespace prod/
  ],
  ['v2', [{ name: 'none' }], /^spec\.parentRefs\[0\]: whether Gateway "none" can mirror is not known/],
  ['v2', [MESH, { kind: 'ListenerSet', name: 'set' }], /^spec\.parentRefs\[1\]: whether ListenerSet "set" can mirror/],
  ['v2', [{ group: 'example.com', kind: 'Gateway', name: 'web' }], /whether Gateway "web" can mirror/]
])('%s under %j', (to, parents, says) => {
  expect(found(to, parents)).toEqual([expect.stringMatching(says)])
})

test.each<[controller: string, features: string[], to: string, cannot: string | undefined]>([
  ['traefik.io/gateway-controller', [], 'v2', 'mirror requests'],
  ['projectcontour.io/gateway-controller', [], 'v2,v3', undefined],
  ['projectcontour.io/gateway-controller', [], 'v2=5', 'mirror less than 100 %'],
  ['kgateway.dev/kgateway', [], 'v2,v3=5', 'mirror a rule to several targets|mirror less than 100 %'],
  ['kgateway.dev/kgateway', ['HTTPRouteRequestMirror', 'HTTPRouteRequestMultipleMirrors'], 'v2,v3', undefined],
  ['io.cilium/gateway-controller', [], 'v2=0.5', 'mirror a percentage with more than 0 decimals'],
  [
    'io.cilium/gateway-controller',
    ['HTTPRouteRequestMirror', 'HTTPRouteRequestPercentageMirror'],
    'v2=0.5',
    'more than 0 decimals'
  ],
  ['gateway.nginx.org/nginx-gateway-controller', [], 'v2=0.25', undefined],
  ['gateway.nginx.org/nginx-gateway-controller', [], 'v2=0.125', 'more than 2 decimals'],
  ['example.com/new', ['HTTPRouteRequestMirror'], 'v2', undefined],
  ['example.com/new', ['HTTPRouteMethodMatching'], 'v2', 'mirror requests'],
  ['example.com/new', [], 'v2', 'can mirror is not known, and its GatewayClass lists no supportedFeatures'],
  ['constructor', [], 'v2', 'can mirror is not known']
])('%s with features %j, asked for %s', (controller, features, to, cannot) => {
  const problems = found(to, [GATEWAY], gatewaysOf(controller, features))
  const parts = cannot?.split('|') ?? []
  expect(problems).toHaveLength(parts.length)
  for (const [index, part] of parts.entries()) expect(problems[index]).toContain(part)
})

test('the implementation of a mesh is the one that its status names', () => {
  const status = { parents: [{ controllerName: 'linkerd.io/policy-controller', parentRef: MESH }] }
  expect(found('v2', [MESH], ISTIO, { status })).toEqual([
    expect.stringContaining('linkerd.io/policy-controller, which serves Service "httpbin", cannot mirror requests')
  ])
})

test("a rule's own mirror counts as one of several", () => {
  const filters = [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'audit', port: 80 } } }]
  const spec = { parentRefs: [GATEWAY], rules: [{ backendRefs: [{ name: 'v1', port: 80 }], filters }] }
  expect(found('v2', [GATEWAY], gatewaysOf('solo.io/gloo-gateway'), { spec })).toEqual([
    expect.stringContaining('several targets')
  ])
})

test('Envoy Gateway, whose extensions may answer themselves, mirrors no rule that has one', () => {
  const filters = [{ type: 'ExtensionRef', extensionRef: { group: 'x', kind: 'HTTPRouteFilter', name: 'y' } }]
  const spec = { parentRefs: [GATEWAY], rules: [{ backendRefs: [{ name: 'v1', port: 80 }], filters }] }
  const envoy = gatewaysOf('gateway.envoyproxy.io/gatewayclass-controller')
  expect(found('v2', [GATEWAY], envoy, { spec })).toEqual([expect.stringContaining('with an ExtensionRef filter')])
  expect(found('v2', [GATEWAY], envoy)).toEqual([])
})

test('an API without percentages takes all, and nothing less', () => {
  const old = { ...ISTIO, keepsPercent: () => false }
  expect(found('v2', [MESH], old)).toEqual([])
  expect(found('v2=50', [MESH], old)).toEqual([expect.stringContaining('would copy every request')])
})

test('what could not be read is said, and takes no mirror out', () => {
  const object = {
    metadata: { annotations: { 'kubectl-mirror.dev/to': 'v2.shadow=5' } },
    spec: { parentRefs: [GATEWAY], rules: [{ backendRefs: [{ name: 'v1', port: 80 }] }] },
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute'
  }
  const { result, plan } = edit(object, new Date(0))
  const known = { mesh: unreadMesh('services: forbidden'), gateways: unreadGateways('gateways: not read yet') }
  const problems = checkRoute(result, plan!, PLACE, known)
  expect(problems.map(({ code }) => code)).toEqual(['routeUnread', 'routeUnread', 'routeUnread', 'routeUnread'])
  expect(isOnlyUnread(problems)).toBe(true)
})

test('a route with more parents than the API stores costs no more than one with as many', () => {
  const many = <T>(make: (index: number) => T): T[] => Array.from({ length: 30_000 }, (_, index) => make(index))
  const status = { parents: many((index) => ({ controllerName: `example.com/${index}`, parentRef: MESH })) }
  expect(
    found(
      'v2',
      many(() => MESH),
      ISTIO,
      { status }
    )
  ).toHaveLength(32 * 32)
})
