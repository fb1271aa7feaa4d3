// Hostile reviews, one for each number: truncated, of wrong types, deep, repeated, at and past every bound. The same number, the
// same bytes. Sends nothing.
import { createRandom, type Random } from './random.ts'
import { reviewOf, SHAPES } from './shapes.ts'

/** Made anew for each case, so that one case can be looked at alone. */
export function hostileBody(seed: number, index: number): Buffer {
  const random = createRandom(seed + Math.imul(index, 0x9e3779b1))
  if (random.chance(0.004)) return shapeBody(random)
  const make = random.chance(0.3) ? httpRoute : virtualService
  const object = make(random)
  const old = random.chance(0.4) ? (random.chance(0.5) ? object : make(random)) : undefined
  return spoil(reviewOf(object, old), random)
}

function shapeBody(random: Random): Buffer {
  const shape = random.pick(Object.values(SHAPES))
  if (shape.kind === 'body') return shape.make()
  const object = shape.make()
  return reviewOf(object, random.chance(0.3) ? object : undefined)
}

function virtualService(random: Random): unknown {
  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'prod', annotations: annotations(random) },
    spec: {
      hosts: ['web'],
      http: Array.from({ length: random.few() }, () => rule(random)),
      ...(random.chance(0.1) && { tcp: [{}], tls: [{}] })
    }
  }
  return random.chance(0.3) ? withWrongType(object, random) : object
}

function httpRoute(random: Random): unknown {
  const object = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'prod', annotations: annotations(random) },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'web' }, { name: hostileText(random) }],
      rules: Array.from({ length: random.few() }, () => routeRule(random))
    },
    ...(random.chance(0.2) && { status: { parents: [{ controllerName: hostileText(random), parentRef: {} }] } })
  }
  return random.chance(0.3) ? withWrongType(object, random) : object
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

function annotations(random: Random): Record<string, unknown> {
  const wish: Record<string, string> = { 'kubectl-mirror.dev/to': commaList(random, target) }
  const maybe = (key: string, value: () => string): void => {
    if (random.chance(0.25)) wish[`kubectl-mirror.dev/${key}`] = value()
  }
  maybe('methods', () => commaList(random, () => random.pick([...METHODS, 'get', 'M'.repeat(random.few())])))
  maybe('headers', () =>
    commaList(random, () => random.pick(['x', 'X', 'y']) + random.pick(['=v', `~${regex(random)}`, '']))
  )
  maybe('routes', () => commaList(random, () => name(random)))
  maybe('from', () => commaList(random, () => random.pick(SUBSETS)))
  maybe('percent', () => random.pick(['5', '0', '1e2', '100.00001', 'NaN', hostileText(random)]))
  maybe('until', () =>
    random.pick(['2999-01-01T00:00:00Z', '2000-01-01T00:00:00Z', '9'.repeat(40), hostileText(random)])
  )
  maybe('baseline', () => random.pick(['2999-01-01T00:00:00Z', hostileText(random)]))
  maybe('injected', () =>
    commaList(random, () => random.pick(['web/v2=100', 'web:80/v1', 'foo/bar', hostileText(random)]))
  )
  maybe(hostileText(random), () => hostileText(random))
  if (random.chance(0.1)) wish[hostileText(random)] = hostileText(random)
  return wish
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

function target(random: Random): string {
  return random.pick([
    'v2',
    'v2',
    'v2',
    'v3=5',
    'shadow/',
    'shadow.prod.svc.cluster.local:80/v2=0.0001',
    hostileText(random)
  ])
}

function name(random: Random): string {
  return random.pick(['main', 'api', 'constructor', '__proto__', 'a/b~c', hostileText(random)])
}

const METHODS = ['GET', 'HEAD', 'POST']
const SUBSETS = ['v1', 'v1', 'v2', 'v3', 'V1']

function commaList(random: Random, item: (random: Random) => string): string {
  return Array.from({ length: random.few() + 1 }, () => item(random)).join(',')
}

const ATOMS = [
  'a',
  '.',
  '\\d',
  '\\pL',
  '[a-z]',
  '[^a]',
  '(?i)',
  '\\x{10ffff}',
  '[\\x{100}-\\x{10ffff}]',
  '\\Q',
  '(',
  ')',
  '|',
  '['
]
const REPETITIONS = ['', '', '*', '+', '?', '{1000}', '{0,1000}', '{30}', '{2,}', '{', '**']

function regex(random: Random): string {
  const parts = Array.from({ length: random.few() + 1 }, () => random.pick(ATOMS) + random.pick(REPETITIONS)).join('')
  return random.chance(0.4) ? `(${parts})${random.pick(REPETITIONS)}` : parts
}

const CHARACTERS = [
  '~',
  '/',
  '~1',
  '"',
  '\\',
  ',',
  '=',
  '\u0000',
  '\ud800',
  '\udfff',
  '\u2028',
  '<',
  '😀',
  ' ',
  '\n',
  '%',
  '{path}',
  '$&'
]

function hostileText(random: Random): string {
  const text = random.pick([...CHARACTERS, '__proto__', 'constructor', 'toString', '', 'x'])
  return random.chance(0.1) ? text.repeat(random.few() * 50) : text
}

const WRONG: readonly (() => unknown)[] = [
  () => null,
  () => 5,
  () => 'text',
  () => [],
  () => ({}),
  () => [null],
  () => true,
  () => ({ toString: 1, length: -1 }),
  () => [[[]]]
]

/** One place of the object has another type. */
function withWrongType(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return random.pick(WRONG)()
  const keys = Object.keys(value)
  if (keys.length === 0) return random.pick(WRONG)()
  const key = random.pick(keys)
  const changed = withWrongType((value as Record<string, unknown>)[key], random)
  if (Array.isArray(value)) return (value as unknown[]).map((one, index) => (String(index) === key ? changed : one))
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, field === key ? changed : one]))
}

/** One in four is no longer what it was as bytes. */
function spoil(body: Buffer, random: Random): Buffer {
  if (!random.chance(0.25)) return body
  const at = random.below(body.length)
  switch (random.below(6)) {
    case 0:
      return body.subarray(0, at)
    case 1:
      return Buffer.concat([body, body.subarray(at)])
    case 2:
      return Buffer.concat([body.subarray(0, at), Buffer.from([random.below(256)]), body.subarray(at + 1)])
    case 3:
      return Buffer.from(body.toString().replace('"spec":', '"spec":{"http":[{"route":5}]},"spec":'))
    case 4:
      return Buffer.from(body.toString().replaceAll('"host":', '"__proto__":{"host":"x"},"host":'))
    default: {
      const deep = random.pick([50, 99, 5000])
      return Buffer.from(
        body.toString().replace('"hosts":', `"deep":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)},"hosts":`)
      )
    }
  }
}
