// Hostile VirtualServices and HTTPRoutes, of the right types.
import type { Random } from './random.ts'
import { annotations, hostileText, METHODS, name, regex, SUBSETS } from './texts.ts'

export function virtualService(random: Random): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'prod', annotations: annotations(random) },
    spec: {
      hosts: ['web'],
      http: Array.from({ length: random.few() }, () => rule(random)),
      ...(random.chance(0.1) && { tcp: [{}], tls: [{}] })
    }
  }
}

export function httpRoute(random: Random): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'prod', annotations: annotations(random) },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'web' }, { name: hostileText(random) }],
      rules: Array.from({ length: random.few() }, () => routeRule(random))
    },
    ...(random.chance(0.2) && { status: { parents: [{ controllerName: hostileText(random), parentRef: {} }] } })
  }
}

function routeRule(random: Random): object {
  const several = (make: () => unknown): unknown[] => Array.from({ length: random.few() }, make)
  const ref = () => ({
    name: random.pick(['web', 'v1', 'v2', 'shadow', hostileText(random)]),
    ...(random.chance(0.8) && { port: random.pick([80, 80, 8080, 0, -1, 1e21]) }),
    ...(random.chance(0.2) && { namespace: random.pick(['prod', 'shadow', hostileText(random)]) }),
    ...(random.chance(0.2) && { kind: random.pick(['Service', 'Hostname']), group: random.pick(['', 'x']) })
  })
  const filter = () => ({
    type: random.pick(['RequestMirror', 'RequestMirror', 'RequestRedirect', hostileText(random)]),
    requestMirror: { backendRef: ref(), ...(random.chance(0.3) && { fraction: { numerator: 1, denominator: 0 } }) }
  })
  const header = () => ({
    name: random.pick(['x', 'X', '__proto__', hostileText(random)]),
    value: random.pick(['v', regex(random)]),
    ...(random.chance(0.5) && { type: random.pick(['Exact', 'RegularExpression', hostileText(random)]) })
  })
  const match = () => ({
    ...(random.chance(0.5) && { method: random.pick([...METHODS, hostileText(random)]) }),
    ...(random.chance(0.5) && { headers: several(header) })
  })
  return {
    ...(random.chance(0.5) && { name: name(random) }),
    ...(random.chance(0.5) && { matches: several(match) }),
    ...(random.chance(0.3) && { filters: several(filter) }),
    backendRefs: several(() => ({ ...ref(), ...(random.chance(0.5) && { weight: random.few() }) }))
  }
}

function rule(random: Random): Record<string, unknown> {
  const destination = () => ({
    host: random.pick(['web', 'web', 'web.prod.svc.cluster.local', 'other', 'x/y:z', hostileText(random)]),
    ...(random.chance(0.8) && { subset: random.pick(SUBSETS) }),
    ...(random.chance(0.2) && { port: { number: random.pick([80, 8080, 0, -1, 1e21]) } })
  })
  const optional: Record<string, () => unknown> = {
    name: () => random.pick([name(random), `kubectl-mirror.dev/${name(random)}`]),
    match: () => Array.from({ length: random.few() }, () => branch(random)),
    mirror: destination,
    mirrors: () => Array.from({ length: random.few() }, () => ({ destination: destination() })),
    mirrorPercentage: () => ({ value: random.pick([0, 5, 100, 1e308]) }),
    mirror_percent: () => 50,
    redirect: () => ({}),
    delegate: () => ({ name: hostileText(random) }),
    rewrite: () => ({ uri: hostileText(random) }),
    [hostileText(random)]: () => hostileText(random)
  }
  const chosen = Object.entries(optional).filter(([key]) =>
    random.chance(key === 'match' || key === 'name' ? 0.5 : 0.08)
  )
  const route = Array.from({ length: random.few() }, () => ({ destination: destination(), weight: random.few() }))
  return { route, ...Object.fromEntries(chosen.map(([key, make]) => [key, make()])) }
}

function branch(random: Random): object {
  const match = () =>
    random.pick([
      { exact: random.pick(METHODS) },
      { prefix: 'G' },
      { regex: regex(random) },
      {},
      { exact: hostileText(random) }
    ])
  return {
    ...(random.chance(0.5) && { uri: { prefix: '/' } }),
    ...(random.chance(0.5) && { method: match() }),
    ...(random.chance(0.3) && {
      headers: { [random.pick(['x', 'X', 'y', '__proto__', hostileText(random)])]: match() }
    }),
    ...(random.chance(0.1) && { withoutHeaders: { x: match() } })
  }
}
