// Generates VirtualServices and annotations of every shape that we decide about, for the properties.
import fc from 'fast-check'
import { ANNOTATIONS, type AnnotationName } from '../../../mirror/annotations.ts'
import type { Annotations, HttpRule, VirtualService } from '../../../mirror/virtual-service.ts'

const HOSTS = ['httpbin', 'reviews', 'httpbin.prod.svc.cluster.local', '*.example.com', 'a_b', '[::1]', 'x/y']
const SUBSETS = ['v1', 'v2', 'v3', 'canary']
const NAMES = ['main', 'api', 'constructor', '__proto__', 'a/b~c']
const HEADERS = ['x-user', 'X-Tier', 'x-trace']
const METHODS = ['GET', 'HEAD', 'POST']

const destination = fc.record(
  {
    host: fc.constantFrom(...HOSTS),
    subset: fc.constantFrom(...SUBSETS),
    port: fc.record({ number: fc.constantFrom(80, 8000) })
  },
  { requiredKeys: ['host'] }
)

const stringMatch = fc.oneof(
  fc.record({ exact: fc.constantFrom('GET', 'POST', 'beta', 'gold') }),
  fc.record({ prefix: fc.constantFrom('GE', 'be', '') }),
  fc.record({ regex: fc.constantFrom('GET|POST', 'b.*', '.*', '*', '(') }),
  fc.constant({})
)

const match = fc.record(
  {
    uri: fc.record({ prefix: fc.constantFrom('/', '/api') }),
    method: stringMatch.filter((one) => Object.keys(one).length > 0),
    headers: fc.dictionary(fc.constantFrom(...HEADERS), stringMatch, { maxKeys: 2 }),
    withoutHeaders: fc.dictionary(fc.constantFrom(...HEADERS, 'content-length'), stringMatch, { maxKeys: 2 }),
    port: fc.constant(80)
  },
  { requiredKeys: [] }
)

/** Fields that the project neither reads nor may touch, known to Istio or not. */
const unknownFields = fc.dictionary(
  fc.constantFrom('timeout', 'rewrite', 'retries', 'fromTheFuture', '__proto__'),
  fc.jsonValue(),
  {
    maxKeys: 3
  }
)

const percentage = fc.record({ value: fc.double({ min: 0, max: 100, noNaN: true }) }, { requiredKeys: [] })

const ownMirroring = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.record({ mirror: destination, mirrorPercentage: percentage }, { requiredKeys: ['mirror'] }),
  fc.record({ mirror: destination, mirrorPercent: fc.nat(100) }, { requiredKeys: ['mirror'] }),
  fc.record({
    mirrors: fc.array(fc.record({ destination, percentage }, { requiredKeys: ['destination'] }), { maxLength: 2 })
  }),
  fc.record({ mirror_percent: fc.nat(100) })
)

const routing = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      route: fc.array(fc.record({ destination, weight: fc.nat(100) }, { requiredKeys: ['destination'] }), {
        minLength: 1,
        maxLength: 3
      })
    })
  },
  fc.record({ redirect: fc.record({ uri: fc.constant('/') }) }),
  fc.record({ directResponse: fc.record({ status: fc.constant(200) }) }),
  fc.record({ delegate: fc.record({ name: fc.constant('other') }) }),
  fc.constant({})
)

export const rule: fc.Arbitrary<HttpRule> = fc
  .tuple(
    fc.record({ name: fc.constantFrom(...NAMES), match: fc.array(match, { maxLength: 3 }) }, { requiredKeys: [] }),
    unknownFields,
    routing,
    ownMirroring
  )
  .map(([named, unknown, routed, mirroring]) => ({ ...named, ...unknown, ...routed, ...mirroring }))

const target = fc
  .tuple(
    fc.constantFrom('', '', '', 'httpbin/', 'httpbin:8000/', 'shadow.prod.svc.cluster.local:80/'),
    fc.constantFrom(...SUBSETS),
    fc.constantFrom('', '', '=25', '=0.0001')
  )
  .map((parts) => parts.join(''))

const commaList = (items: fc.Arbitrary<string>) =>
  fc.uniqueArray(items, { minLength: 1, maxLength: 2 }).map((chosen) => chosen.join(','))

const rarely = (text: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: text })

/** Mostly intents that can be met, so that most runs get to the edit itself; the rest must be refused. */
function annotationsFor({ spec }: VirtualService): fc.Arbitrary<Annotations> {
  const names = spec?.http?.flatMap(({ name }) => name ?? []) ?? []
  const subsets =
    spec?.http?.flatMap(({ route }) => (route ?? []).flatMap((one) => one.destination?.subset ?? [])) ?? []
  const values: Readonly<Record<Exclude<AnnotationName, 'injected'>, fc.Arbitrary<string | undefined>>> = {
    to: fc.uniqueArray(target, { minLength: 1, maxLength: 3 }).map((targets) => targets.join(',')),
    percent: rarely(fc.constantFrom('1', '33.3333', '100', '100', '150')),
    from: rarely(commaList(fc.constantFrom(...subsets, ...subsets, 'v1'))),
    routes: rarely(commaList(fc.constantFrom(...names, ...names, 'main'))),
    methods: rarely(commaList(fc.constantFrom(...METHODS))),
    headers: rarely(commaList(fc.constantFrom('x-user=beta', 'x-user~b.*', 'x-tier', 'X-Trace=1'))),
    maxBody: rarely(fc.constantFrom('0', '1Mi', '500k', '1MB')),
    limit: rarely(fc.constantFrom('1', '64', '1024')),
    until: rarely(fc.constantFrom('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z')),
    baseline: rarely(fc.constantFrom('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'))
  }
  const ours = Object.entries(values).map(([name, one]) => [ANNOTATIONS[name as keyof typeof values], one] as const)
  return fc
    .record({ 'example.com/owner': fc.constant<string | undefined>('team-a'), ...Object.fromEntries(ours) })
    .map((wish) => Object.fromEntries(Object.entries(wish).filter((entry): entry is [string, string] => !!entry[1])))
}

/** A VirtualService as a user has it, before any mirror of ours. */
export const virtualService: fc.Arbitrary<VirtualService> = fc.record({
  apiVersion: fc.constant('networking.istio.io/v1'),
  kind: fc.constant('VirtualService'),
  metadata: fc.record({ name: fc.constant('httpbin'), annotations: fc.constant({ 'example.com/owner': 'team-a' }) }),
  spec: fc.record(
    { hosts: fc.constant(['httpbin']), http: fc.array(rule, { maxLength: 5 }), tcp: fc.constant([{ route: [] }]) },
    { requiredKeys: ['hosts'] }
  )
})

/** One as a user has it, and what the user asks for. */
export const wished: fc.Arbitrary<readonly [base: VirtualService, wish: Annotations]> = virtualService.chain((base) =>
  annotationsFor(base).map((wish) => [base, wish] as const)
)
