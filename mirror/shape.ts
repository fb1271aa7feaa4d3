// Checks that every field that we read has the type of a VirtualService or an HTTPRoute. All input passes here first; after that, the
// types in virtual-service.ts and http-route.ts hold. Judges no value.
import { kindOf } from './kind-of.ts'
import type { DestinationRule } from './mesh-objects.ts'
import type { RouteObject } from './route-kind.ts'
import { problem, quote, type Problem } from './problem.ts'

/** A field may be absent or null; an element of a list, and a value of a map of any keys, may not. */
interface Shape {
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'map'
  /** Of a map: those that are read. */
  readonly fields: ReadonlyMap<string, Shape> | undefined
  /** Of a list, or of a map of any keys. */
  readonly each: Shape | undefined
}

const of = (type: Shape['type'], each?: Shape): Shape => ({ type, fields: undefined, each })
const STRING = of('string')
const NUMBER = of('number')
const BOOLEAN = of('boolean')
const ANY_MAP = of('map')
const listOf = (each: Shape): Shape => of('list', each)
const mapOf = (each: Shape): Shape => of('map', each)
const fields = (known: Readonly<Record<string, Shape>>): Shape => ({
  type: 'map',
  fields: new Map(Object.entries(known)),
  each: undefined
})

const STRING_MATCH = fields({ exact: STRING, prefix: STRING, regex: STRING })
const DESTINATION = fields({ host: STRING, subset: STRING, port: fields({ number: NUMBER }) })
const PERCENTAGE = fields({ value: NUMBER })

const MATCH = fields({
  uri: STRING_MATCH,
  scheme: STRING_MATCH,
  method: STRING_MATCH,
  authority: STRING_MATCH,
  headers: mapOf(STRING_MATCH),
  withoutHeaders: mapOf(STRING_MATCH),
  queryParams: mapOf(STRING_MATCH),
  ignoreUriCase: BOOLEAN,
  port: NUMBER,
  gateways: listOf(STRING),
  sourceNamespace: STRING,
  sourceLabels: mapOf(STRING)
})

const RULE = fields({
  name: STRING,
  match: listOf(MATCH),
  route: listOf(fields({ destination: DESTINATION, weight: NUMBER })),
  redirect: ANY_MAP,
  directResponse: ANY_MAP,
  delegate: fields({ name: STRING, namespace: STRING }),
  mirror: DESTINATION,
  mirrors: listOf(fields({ destination: DESTINATION, percentage: PERCENTAGE })),
  mirrorPercentage: PERCENTAGE,
  mirrorPercent: NUMBER,
  mirror_percent: NUMBER
})

const HEAD = {
  apiVersion: STRING,
  kind: STRING,
  metadata: fields({ name: STRING, namespace: STRING, annotations: mapOf(STRING) })
}

const VIRTUAL_SERVICE = fields({
  ...HEAD,
  spec: fields({
    hosts: listOf(STRING),
    gateways: listOf(STRING),
    exportTo: listOf(STRING),
    http: listOf(RULE),
    tcp: listOf(ANY_MAP),
    tls: listOf(ANY_MAP)
  })
})

const REFERENCE = { group: STRING, kind: STRING, name: STRING, namespace: STRING, port: NUMBER }

const HTTP_ROUTE_RULE = fields({
  name: STRING,
  matches: listOf(fields({ method: STRING, headers: listOf(fields({ type: STRING, name: STRING, value: STRING })) })),
  filters: listOf(
    fields({
      type: STRING,
      requestMirror: fields({
        backendRef: fields(REFERENCE),
        percent: NUMBER,
        fraction: fields({ numerator: NUMBER, denominator: NUMBER })
      })
    })
  ),
  backendRefs: listOf(fields({ ...REFERENCE, weight: NUMBER }))
})

const HTTP_ROUTE = fields({
  ...HEAD,
  spec: fields({ parentRefs: listOf(fields(REFERENCE)), rules: listOf(HTTP_ROUTE_RULE) }),
  status: fields({ parents: listOf(fields({ controllerName: STRING, parentRef: fields(REFERENCE) })) })
})

const POOL = fields({ tcp: ANY_MAP, http: ANY_MAP })
const PORT_POLICY = fields({ port: fields({ number: NUMBER }), connectionPool: POOL })
const POLICY = fields({ connectionPool: POOL, portLevelSettings: listOf(PORT_POLICY) })

const DESTINATION_RULE = fields({
  metadata: fields({
    name: STRING,
    namespace: STRING,
    creationTimestamp: STRING,
    labels: mapOf(STRING),
    ownerReferences: listOf(fields({ apiVersion: STRING, kind: STRING, name: STRING, uid: STRING }))
  }),
  spec: fields({
    host: STRING,
    exportTo: listOf(STRING),
    workloadSelector: ANY_MAP,
    trafficPolicy: POLICY,
    subsets: listOf(fields({ name: STRING, labels: mapOf(STRING), trafficPolicy: POLICY }))
  })
})

/** Whether what stands in a manifest can be read as a DestinationRule. */
export function isDestinationRule(
  object: Readonly<Record<string, unknown>>
): object is DestinationRule & typeof object {
  const { apiVersion, kind, metadata } = object
  const isKind = kind === 'DestinationRule' && String(apiVersion).startsWith('networking.istio.io/')
  return isKind && isOfType(metadata, ANY_MAP) && fits(object, DESTINATION_RULE)
}

const SHAPES = { VirtualService: VIRTUAL_SERVICE, HTTPRoute: HTTP_ROUTE }

/** More would not help, and a list may have thousands. */
const MOST_PROBLEMS = 20

/** Empty: `value` can be read as what it says it is; without a kind, as a VirtualService. Accepts null and undefined. */
export function shapeProblems(value: unknown): Problem[] {
  const shape = isOfType(value, ANY_MAP) ? SHAPES[kindOf(value as RouteObject).name] : VIRTUAL_SERVICE // its fields are not read
  if (fits(value, shape)) return []
  const problems: Problem[] = []
  collect(value, shape, '', problems)
  return problems
}

/** Allocates nothing: it checks every object, and nearly all are valid. */
function fits(value: unknown, shape: Shape): boolean {
  if (value === undefined || value === null) return true
  if (!isOfType(value, shape)) return false
  const { type, fields: known, each } = shape
  if (known) {
    const map = value as Readonly<Record<string, unknown>> // as just seen
    // Faster than a loop over the known fields, as an object has few of them.
    for (const name in map) {
      const field = known.get(name)
      if (field && !fits(map[name], field)) return false
    }
    return true
  }
  if (!each) return true
  for (const one of type === 'list' ? (value as unknown[]) : Object.values(value)) {
    if (one === null || !fits(one, each)) return false
  }
  return true
}

function collect(value: unknown, shape: Shape, path: string, problems: Problem[]): void {
  if (problems.length >= MOST_PROBLEMS) return
  if (!isOfType(value, shape)) {
    problems.push(
      problem('typeInvalid', path || 'the object', { found: describe(value), allowed: ALLOWED[shape.type] })
    )
    return
  }
  for (const [key, one, within, mayBeNull] of partsOf(value, shape)) {
    const isRight = one === null ? mayBeNull : fits(one, within)
    if (!isRight) collect(one, within, path + keyPath(key, path === '', mayBeNull), problems)
  }
}

type Part = readonly [key: string | number, value: unknown, shape: Shape, mayBeNull: boolean]

function partsOf(value: unknown, { type, fields: known, each }: Shape): Part[] {
  if (each && type === 'list') return (value as unknown[]).map((one, index): Part => [index, one, each, false])
  if (type !== 'map') return []
  const map = value as Readonly<Record<string, unknown>> // its type is right
  if (each) return Object.entries(map).map(([key, one]): Part => [key, one, each, false])
  return Array.from(known ?? [], ([name, field]): Part => [name, map[name], field, true])
}

/** JSON has numbers that are none here: 1e999 is read as infinite, and would be written as null. */
function isOfType(value: unknown, { type }: Shape): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'list':
      return Array.isArray(value)
    default:
      // A number too large for one is an object, too: see RawJson.
      return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
  }
}

const ALLOWED = {
  string: 'a string; put it in quotes',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map'
} as const satisfies Record<Shape['type'], string>

/** For people: `a list`, `"8080"`. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return isOfType(value, ANY_MAP) ? 'a map' : JSON.stringify(value)
  return typeof value === 'string' ? quote(value) : String(value)
}

/** `spec.http[2].route`, `metadata.annotations["a/b"]`: as kube-apiserver writes them. */
function keyPath(key: string | number, isFirst: boolean, isField: boolean): string {
  if (typeof key === 'number') return `[${key}]`
  if (isField) return isFirst ? key : `.${key}`
  return `[${quote(key)}]`
}

/** JSON.stringify writes it as it is: an integer of 64 bits that no double holds. In V8, and not yet in TypeScript. */
export interface RawJson {
  readonly rawJSON: string
}

declare global {
  interface JSON {
    rawJSON(text: string): RawJson
    isRawJSON(value: unknown): value is RawJson
  }
}
