// What comes in is measured before it is parsed; what goes out, an answer or a line of the log, stays short.
import { expect, test } from 'vitest'
import type { Annotations, HttpRule, VirtualService } from '../../../mirror/virtual-service.ts'
import { readReview } from '../../../webhook/admission/admission-review.ts'
import { responseTo } from '../../../webhook/admission/response.ts'
import { createLog } from '../../../webhook/kubernetes/log.ts'
import { review } from '../../../webhook/admission/review.ts'
import { readStructure } from '../../../webhook/admission/structure.ts'

const HERE = { now: new Date('2026-01-01T00:00:00Z'), policies: {} }

const rules = (count: number, more: object = {}): HttpRule[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `r${index}`,
    route: [{ destination: { host: 'web', subset: 'v1' } }],
    ...more
  }))

function ask(annotations: Annotations, http: readonly HttpRule[], oldObject?: VirtualService) {
  const object: VirtualService = { metadata: { name: 'web', annotations }, spec: { hosts: ['web'], http } }
  const request = { uid: '1', namespace: 'prod', object, ...(oldObject && { oldObject }) }
  return responseTo(request, review(request, HERE))
}

test.each<[body: string, problem: RegExp | undefined]>([
  ['{"a":"[[[["}', undefined],
  ['{"a":"\\"[[[["}', undefined],
  ['['.repeat(100), undefined],
  ['['.repeat(101), /levels deep/],
  [`"${'['.repeat(101)}`, undefined],
  [`"\\\\"${'['.repeat(101)}`, /levels deep/],
  ['[],'.repeat(300_000), /more than 400,000/],
  ['"a":'.repeat(450_000), /more than 400,000/]
])('%.20s', (body, problem) => {
  const found = readStructure(Buffer.from(body))
  if (problem) expect(found).toMatch(problem)
  else expect(found).toEqual({ oldObject: undefined, annotations: undefined })
})

function refusalOf(body: Buffer): string {
  const read = readReview(body)
  if (typeof read !== 'string') throw new Error('it was read')
  return read
}

const reviewOf = (request: unknown): Buffer =>
  Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }))

test.each<[request: unknown, problem: RegExp]>([
  [[], /no request/],
  [{ uid: 5 }, /^request\.uid: 5 is not a string/],
  [{ uid: 'x'.repeat(1_000_000) }, /^request\.uid: "xxx/],
  [{ uid: '1', namespace: {} }, /^request\.namespace: a map is not a string/],
  [{ uid: '1', object: 'web' }, /^request\.object: "web" is not a map/],
  [{ uid: '1', object: {}, oldObject: [] }, /^request\.oldObject: a list is not a map/]
])('%.40j is refused in a sentence', (request, problem) => {
  const found = refusalOf(reviewOf(request))
  expect(found).toMatch(problem)
  expect(found.length).toBeLessThan(300)
})

test.each([
  { apiVersion: { toString: 1 }, kind: [[[]]] },
  { apiVersion: 'x'.repeat(1_000_000) },
  { apiVersion: null, kind: 7 }
])('another kind is refused in a sentence, whatever its type', (body) => {
  const found = refusalOf(Buffer.from(JSON.stringify(body)))
  expect(found).toMatch(/send an admission.k8s.io\/v1 AdmissionReview$/)
  expect(found.length).toBeLessThan(300)
})

test('a denial has at most 4 KiB, and counts what is left out', () => {
  const { status } = ask(
    { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/routes': 'ü,'.repeat(64) + 'x' },
    rules(1)
  )
  expect(status?.message).toContain('at most 64')
  const http = rules(1000, { mirror: { host: 'web', subset: 'v2' } })
  const denied = ask({ 'kubectl-mirror.dev/to': 'v2' }, http)
  expect(denied.status?.message).toMatch(/^\nspec\.http\[0\]: .*\nspec\.http\[1\]: .*\n\d+ more problems$/s)
  expect(Buffer.byteLength(denied.status!.message)).toBeLessThanOrEqual(4096)
  expect(Buffer.byteLength(denied.status!.message)).toBeGreaterThan(3500)
})

test('what would not fit into etcd is denied when it is asked for, and else left as it is', () => {
  const wish = { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/methods': 'GET' }
  // Each rule is cloned: 0.9 MB become 1.8 MB.
  const http = rules(900, { rewrite: { uri: 'x'.repeat(900) } })
  const message =
    /^spec\.http: with its mirrors, the VirtualService would have 1,8\d\d,\d{3} bytes, but etcd accepts at most 1,568,768/
  expect(ask(wish, http).status?.message).toMatch(message)
  const kept = ask(wish, http, { metadata: { annotations: wish }, spec: { http } })
  expect(kept).toMatchObject({ allowed: true, warnings: [expect.stringMatching(/etcd accepts/)] })
  expect(kept.patch).toBeUndefined()
  expect(ask({ 'kubectl-mirror.dev/to': 'v2' }, http).patch).toBeDefined()
})

test('a record that would not fit into the annotations is denied', () => {
  const http = rules(1000).map((rule, index) => ({
    ...rule,
    route: [{ destination: { host: `${index}.${'x'.repeat(240)}`, subset: 'v1' } }]
  }))
  const wish = { 'kubectl-mirror.dev/to': 'v2', filler: 'x'.repeat(20_000) }
  expect(ask(wish, http).status?.message).toMatch(/bytes of annotations, but the API server accepts at most 262,144/)
})

test('thousands of warnings are cut, and counted', () => {
  const http = rules(10_000, { mirror: { host: 'other' } })
  const { warnings = [] } = ask({ 'kubectl-mirror.dev/to': 'v2' }, [...rules(1), ...http])
  expect(warnings.at(-1)).toMatch(/^99\d\d more warnings/)
  expect(warnings.join('').length).toBeLessThanOrEqual(4096)
})

test('a line of the log carries nothing beyond 256 characters, nor a long list', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  const long = 'x'.repeat(1_000_000)
  log.error({ uid: long, nested: { [long]: long }, codes: Array.from({ length: 10_000 }, () => long) }, 'refused')
  log.error({ err: new TypeError(long) }, 'failed')
  log.info({ err: { message: long }, name: 'web', milliseconds: 5 }, 'mirrored')
  for (const line of lines) expect(line.length).toBeLessThan(10_000)
  for (const line of lines) expect(line).not.toMatch(/x{257}/)
  expect(JSON.parse(lines[1]!)).toMatchObject({
    level: 'error',
    err: { type: 'TypeError', stack: expect.stringContaining('at ') }
  })
  expect(JSON.parse(lines[2]!)).toMatchObject({ name: 'web', milliseconds: 5, msg: 'mirrored' })
})

test('an update of as many rules as may be mirrored is read', () => {
  const mirrored = { mirror: { host: 'web', subset: 'v2' }, mirrorPercentage: { value: 100 } }
  const match = [{ uri: { prefix: '/api' }, headers: { 'x-user': { exact: 'beta' } } }]
  const object = { metadata: { name: 'web' }, spec: { http: rules(5000, { ...mirrored, match }) } }
  const read = readReview(reviewOf({ uid: '1', object, oldObject: object }))
  expect(typeof read === 'string' ? read : read.uid).toBe('1')
})
