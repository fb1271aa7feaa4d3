// Named hostile shapes: what a tenant can write as a VirtualService, and what a stranger can POST. Data alone; sends nothing.
import type { HttpMatch, HttpRule, VirtualService } from '../../mirror/virtual-service.ts'

/** An object can be written to an API server, if that takes it; a body only be sent to the webhook itself. */
export type Shape =
  | { readonly kind: 'object'; readonly make: () => VirtualService }
  | { readonly kind: 'body'; readonly make: () => Buffer }

const MIB = 1024 * 1024
const ROUTED_WITH = { route: [{ destination: { host: 'web', subset: 'v1' } }] }
const ROUTED: HttpRule = ROUTED_WITH

export const SHAPES: Readonly<Record<string, Shape>> = {
  '1,000 named rules, 8,000 names in routes': wished({ to: 'v2', routes: list(8000, (i) => `n${i}`) }, rules(1000)),
  '1,000 named rules, 64 names in routes': wished({ to: 'v2', routes: list(64, (i) => `none${i}`) }, rules(1000)),
  'a to of 224 kB': wished({ to: list(45_000, (i) => `v${i}`) }),
  'a to of 224 kB of commas': wished({ to: ','.repeat(224_000) }),
  'headers of 989 characters': wished({ to: 'v2', headers: `x~${'(a{31}){31}'.repeat(89)}`.slice(0, 989) }),
  'headers at its limits': wished({ to: 'v2', headers: list(8, (i) => `x-${i}~${'[a-z]{9}'.repeat(100)}`) }),
  'a regex of a million instructions': wished({ to: 'v2', headers: `x~(${'a'.repeat(980)}){999}` }),
  'a regex of Unicode classes': wished({ to: 'v2', headers: 'x~(\\pL{40}){900}' }),
  'a regex of folded classes': wished({ to: 'v2', headers: `x~(?i)${'[\\x{100}-\\x{10ffff}]'.repeat(40)}` }),
  'regexes in 50 branches, 100 methods': wished(
    { to: 'v2', methods: list(100, (i) => `M${letters(i)}`) },
    branches(50, () => ({ method: { regex: 'x{1000}' } }))
  ),
  'a regex in each of 50 branches, 16 methods': wished(
    { to: 'v2', methods: list(16, (i) => `M${letters(i)}`) },
    branches(50, (i) => ({ method: { regex: `${letters(i)}{1000}` } }))
  ),
  'regexes in 4,000 branches': wished(
    { to: 'v2', methods: 'GET,HEAD' },
    branches(4000, (i) => ({ method: { regex: `[A-F]${letters(i)}.*` } }))
  ),
  'a slow regex on a long value': wished(
    { to: 'v2', headers: 'x~(.*a){300}' },
    branches(1, () => ({ headers: { x: { exact: 'ab'.repeat(50_000) } } }))
  ),
  'alternatives without end': wished(
    { to: 'v2', headers: 'x=a' },
    branches(1, () => ({ headers: { x: { regex: list(100_000, letters).replaceAll(',', '|') } } }))
  ),
  'a filter on 30,000 branches': wished(
    { to: 'v2', methods: 'GET' },
    branches(30_000, () => ({}))
  ),
  'a filter on 4,000 branches': wished(
    { to: 'v2', methods: list(16, (i) => `M${letters(i)}`), headers: list(7, (i) => `x-${i}=v`) },
    branches(4000, (i) => ({ uri: { prefix: `/${i}` } }))
  ),
  '32 conditions on 1,000 branches': wished(
    { to: 'v2', headers: list(31, (i) => `x-${i}=v`) },
    branches(1000, (i) => ({ uri: { prefix: `/${i}` } }))
  ),
  '8,000 characters into each of 4,000 branches': wished(
    { to: 'v2', headers: `x=${'v'.repeat(8000)}` },
    branches(4000, () => ({}))
  ),
  '5,000 headers in one branch': wished(
    { to: 'v2', headers: list(8, (i) => `x-${i}`) },
    branches(1, () => ({ headers: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`h-${i}`, {}])) }))
  ),
  '10,000 small rules': wished(
    { to: 'v2' },
    Array.from({ length: 10_000 }, () => ROUTED)
  ),
  '5,000 named rules': wished({ to: 'v2' }, rules(5000)),
  '5,000 rules, 16 targets': wished({ to: list(16, (i) => `v${i + 2}`) }, rules(5000)),
  '5,000 hosts': wished(
    { to: 'v2' },
    Array.from({ length: 5000 }, (_, i) => ({ route: [{ destination: { host: `web-${i}` } }] }))
  ),
  '1,000 long hosts, 16 targets': wished(
    { to: list(16, (i) => `v${i + 2}`) },
    Array.from({ length: 1000 }, (_, i) => ({ route: [{ destination: { host: `${i}.${'x'.repeat(240)}` } }] }))
  ),
  '10,000 routes in one rule': wished({ to: list(16, (i) => `v${i + 2}`), from: 'v1' }, [
    { route: Array.from({ length: 10_000 }, (_, i) => ({ destination: { host: 'web', subset: 'v1' }, weight: i })) }
  ]),
  '5,000 mirrors in one rule': wished({ to: 'v2', injected: 'web/v2=100' }, [
    { ...ROUTED_WITH, mirrors: mirrors(5000) }
  ]),
  '5,000 mirrors, 10,000 in the record': wished({ to: 'v2', injected: list(10_000, (i) => `web/m${i}=1`) }, [
    { ...ROUTED_WITH, mirrors: mirrors(5000) }
  ]),
  'a record of 250 kB': wished(
    { injected: list(20_000, (i) => `web-${i}/v2`) },
    rules(1000, { mirror: { host: 'web-1' } })
  ),
  'annotations of 256 KiB': wished(Object.fromEntries(Array.from({ length: 8000 }, (_, i) => [`unknown-${i}`, '']))),
  'a megabyte in one name': wished({ to: 'v2', routes: 'none' }, [{ ...ROUTED_WITH, name: 'n'.repeat(1_000_000) }]),
  'a megabyte in one host': wished({ to: 'v2' }, [{ route: [{ destination: { host: 'h'.repeat(1_000_000) } }] }]),
  'clones past etcd': wished({ to: 'v2', methods: 'GET' }, rules(900, { rewrite: { uri: 'x'.repeat(900) } })),
  'nulls in every field': wished({ to: 'v2', methods: 'GET', headers: 'x' }, [
    { ...ROUTED_WITH, name: null, redirect: null, delegate: null, match: [{ method: null, headers: null }] }
  ]),
  'an annotation that is a number': typed({ annotations: { 'kubectl-mirror.dev/to': 5 } }, []),
  'annotations that are a list': typed({ annotations: ['kubectl-mirror.dev/to'] }, []),
  'http that is a map': typed({}, { '0': ROUTED }),
  'a rule that is a text': typed({}, ['rule']),
  'a rule that is null': typed({}, [null]),
  'route that is a map': typed({}, [{ route: { destination: {} } }]),
  'a match branch that is a list': typed({}, [{ ...ROUTED_WITH, match: [[]] }]),
  'a weight out of range': body(() =>
    review(typedObject({}, [ROUTED])).replace('"host"', '"port":{"number":1e999},"host"')
  ),
  'names of prototypes': body(() =>
    review(typedObject({}, [ROUTED])).replaceAll(
      '"host"',
      '"__proto__":{"host":"x"},"constructor":{"prototype":{}},"host"'
    )
  ),
  'JSON pointers in keys': typed({ annotations: { 'kubectl-mirror.dev/to': 'v2', '~0/~1//a~b': '' } }, [
    { ...ROUTED_WITH, '~1/spec/http/0': 1, 'a/b~c': { '~': '/' } }
  ]),
  'lone surrogates': typed(
    { annotations: { 'kubectl-mirror.dev/to': '\ud800', 'kubectl-mirror.dev/routes': '\udfff' } },
    [{ ...ROUTED_WITH, name: '\ud83d' }]
  ),

  '6.5 MiB of brackets': body(() => '[]'.repeat(3.25 * MIB)),
  '3.4 MiB of brackets': body(() => `[${'[],'.repeat(1.13 * MIB)}[]]`),
  '3.4 MiB of nested brackets': body(() => '['.repeat(3.4 * MIB)),
  '7 MiB of spaces': body(() => ' '.repeat(7 * MIB)),
  '3.4 MiB in one text': body(() => review({ metadata: {}, text: 'x'.repeat(3.4 * MIB) })),
  '39,000 keys of their own': body(() => `[${list(39_000, (i) => `{"${letters(i)}${i}":1}`)}]`),
  '59,000 keys in one map': body(() => `{${list(59_000, (i) => `"${letters(i)}${i}":1`)}}`),
  'a review in a hundred levels': body(() => review(JSON.parse(`${'{"a":'.repeat(90)}1${'}'.repeat(90)}`))),
  'a review in two hundred levels': body(() => review(JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`))),
  'half a review': body(() => review(typedObject({}, rules(100))).slice(0, 5000)),
  'keys twice': body(() => review(typedObject({}, [ROUTED])).replaceAll('"spec":', '"spec":{"http":"x"},"spec":')),
  'a request that is a list': body(() => reviewText([])),
  'a uid of a megabyte': body(() => reviewText({ uid: 'u'.repeat(MIB) })),
  'an apiVersion that is a map': body(() => '{"apiVersion":{"toString":1},"kind":[[]]}'),
  'names of a megabyte': body(() =>
    reviewText({
      uid: '1',
      namespace: 'n'.repeat(MIB),
      name: 'n'.repeat(MIB),
      operation: 'o'.repeat(MIB),
      dryRun: { a: 1 }
    })
  ),
  'an object that is a text': body(() => reviewText({ uid: '1', object: 'object', oldObject: 5 })),
  nothing: body(() => ''),
  'bytes that are no text': { kind: 'body', make: () => Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 256)) }
}

/** As an API server sends it: the object is new, or, with the one before, changed. */
export function reviewOf(object: unknown, oldObject?: unknown): Buffer {
  return Buffer.from(review(object, oldObject))
}

function review(object: unknown, oldObject?: unknown): string {
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE'
  return reviewText({ uid: 'hostile', operation, namespace: 'prod', name: 'web', object, oldObject })
}

function reviewText(request: unknown): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
}

/** `wish`: annotations, ours without their prefix. */
function wished(wish: Readonly<Record<string, string>>, http: readonly HttpRule[] = [ROUTED]): Shape {
  const annotations = Object.fromEntries(
    Object.entries(wish).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])
  )
  return typed({ annotations }, http)
}

/** Of any types: those of a VirtualService are for others to check. */
function typed(metadata: object, http: unknown): Shape {
  return { kind: 'object', make: () => typedObject(metadata, http) as VirtualService }
}

function typedObject(metadata: object, http: unknown): object {
  const annotations = { 'kubectl-mirror.dev/to': 'v2' }
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'prod', annotations, ...metadata },
    spec: { hosts: ['web'], http }
  }
}

function body(make: () => string): Shape {
  return { kind: 'body', make: () => Buffer.from(make()) }
}

function list(count: number, item: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => item(index)).join(',')
}

function rules(count: number, more: object = {}): HttpRule[] {
  return Array.from({ length: count }, (_, index) => ({ name: `n${index}`, ...ROUTED, ...more }))
}

function branches(count: number, branch: (index: number) => HttpMatch): HttpRule[] {
  return [{ ...ROUTED, match: Array.from({ length: count }, (_, index) => branch(index)) }]
}

function mirrors(count: number): { destination: { host: string; subset: string } }[] {
  return Array.from({ length: count }, (_, index) => ({ destination: { host: 'web', subset: `m${index}` } }))
}

/** A, B, ... AA: what may stand in the name of a method. */
function letters(index: number): string {
  return (index >= 26 ? letters(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26))
}
