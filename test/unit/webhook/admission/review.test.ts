// What the table of cases cannot say of a review: who is refused, what is told to whom, and within which limits.
import jsonPatch, { type Operation } from 'fast-json-patch'
import { expect, test } from 'vitest'
import type { VirtualService } from '../../../../mirror/virtual-service.ts'
import {
  readReview,
  writeReview,
  type AdmissionRequest,
  type AdmissionResponse
} from '../../../../webhook/admission/admission-review.ts'
import { responseTo } from '../../../../webhook/admission/response.ts'
import { readReviewed, reviewedFindings } from '../../../../webhook/kubernetes/self-review.ts'
import { review, type Circumstances } from '../../../../webhook/admission/review.ts'
import { withinLimits } from '../../../../webhook/admission/response.ts'

const HERE: Circumstances = { now: new Date('2026-01-01T00:00:00Z'), policies: {} }
const MIRROR = { mirror: { host: 'httpbin', subset: 'v2' }, mirrorPercentage: { value: 100 } }
const INVALID = { to: 'v2', percent: '150', methods: 'get' }

function virtualService(ours: Record<string, string>, more: object = {}): VirtualService {
  const annotations = Object.fromEntries(
    Object.entries(ours).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])
  )
  const route = [{ destination: { host: 'httpbin', subset: 'v1' } }]
  return { metadata: { name: 'httpbin', annotations }, spec: { hosts: ['httpbin'], http: [{ route, ...more }] } }
}

function ask(request: Omit<AdmissionRequest, 'uid'>, circumstances = HERE): AdmissionResponse {
  const whole = { uid: '1', namespace: 'default', ...request }
  return responseTo(whole, review(whole, circumstances))
}

/** What the API server would store. */
function store(request: Omit<AdmissionRequest, 'uid'>, circumstances = HERE) {
  const response = ask(request, circumstances)
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || '[]') as Operation[]
  return { response, object: jsonPatch.applyPatch(structuredClone(request.object), patch, true).newDocument }
}

test('refuses with every problem at once', () => {
  const { allowed, status, warnings } = ask({ object: virtualService(INVALID) })
  expect(allowed).toBe(false)
  expect(status?.message).toMatch(/methods.*"get".*percent.*"150"/s)
  expect(warnings).toBeUndefined()
})

test('lets pass with warnings, untouched, what this request did not ask for', () => {
  const { allowed, warnings, patch, auditAnnotations } = ask({
    object: virtualService(INVALID, { timeout: '5s' }),
    oldObject: virtualService(INVALID)
  })
  expect(allowed).toBe(true)
  expect(warnings).toEqual([expect.stringContaining('"get"'), expect.stringContaining('"150"')])
  expect(patch).toBeUndefined()
  expect(auditAnnotations).toEqual({ outcome: 'kept', codes: 'methodInvalid,percentInvalid' })
})

test('names the mirror in the audit log', () => {
  const { auditAnnotations } = ask({ object: virtualService({ to: 'v2=25' }) })
  expect(auditAnnotations).toEqual({ outcome: 'mirrored', injected: 'httpbin/v2=25' })
})

test.for([{ object: { metadata: { annotations: { other: 'x' } } } }, { object: null }])(
  'says nothing of %o',
  (request) => {
    expect(ask(request)).toEqual({ uid: '1', allowed: true })
  }
)

test('denies what the policy forbids, and keeps what it forbade later', () => {
  const object = virtualService({ to: 'v2' })
  const strict = { ...HERE, policies: { maxPercent: 10 } }
  expect(ask({ object }, strict).status?.message).toContain('policy.maxPercent')
  expect(ask({ object, oldObject: object }, strict)).toMatchObject({
    allowed: true,
    auditAnnotations: { outcome: 'kept' }
  })
})

test('a tightened policy leaves a mirror on when its manifest is applied again, and says that it is forbidden', () => {
  const strict = { ...HERE, policies: { maxPercent: 10 } }
  const oldObject = virtualService({ to: 'v2', injected: 'httpbin/v2=100' }, MIRROR)
  for (const bare of [{ to: 'v2', injected: 'httpbin/v2=100' }, { to: 'v2' }]) {
    const { object, response } = store({ object: virtualService(bare, { timeout: '9s' }), oldObject }, strict)
    expect(object).toEqual(virtualService({ to: 'v2', injected: 'httpbin/v2=100' }, { timeout: '9s', ...MIRROR }))
    expect(response.warnings).toEqual([expect.stringContaining('policy.maxPercent')])
    expect(response.auditAnnotations).toMatchObject({ outcome: 'kept', injected: 'httpbin/v2=100' })
  }
})

test('a tightened policy does not keep a baseline from ending', () => {
  const wish = { to: 'v2', baseline: '2025-12-31T00:00:00Z' }
  const baseline = { destination: { host: 'httpbin', subset: 'v1' }, percentage: { value: 100 } }
  const mirrors = [{ destination: MIRROR.mirror, percentage: MIRROR.mirrorPercentage }, baseline]
  const running = virtualService({ ...wish, injected: 'httpbin/v2=100,httpbin/v1=100' }, { mirrors })
  const { object } = store({ object: running, oldObject: running }, { ...HERE, policies: { maxPercent: 10 } })
  expect(object).toEqual(virtualService({ ...wish, injected: 'httpbin/v2=100' }, MIRROR))
})

test('what the policy forbids is not mirrored for a record of something else, and no record says that it is', () => {
  const strict = { ...HERE, policies: { maxPercent: 10 } }
  for (const [record, oldRecord] of [
    ['httpbin/v2=100', undefined],
    ['other/v2=100', 'other/v2=100'],
    ['httpbin/v2=5', 'httpbin/v2=5']
  ] as const) {
    const oldObject = virtualService({ to: 'v2', ...(oldRecord && { injected: oldRecord }) })
    const { object } = store({ object: virtualService({ to: 'v2', injected: record }), oldObject }, strict)
    expect(object).toEqual(virtualService({ to: 'v2' }))
  }
})

test('an intent that its rules no longer allow leaves no record of a mirror that is gone, and a mirror that is there', () => {
  const wish = { to: 'v2', routes: 'main', injected: 'httpbin/v2=100' }
  const oldObject = virtualService(wish, { name: 'main', ...MIRROR })
  const bare = store({ object: virtualService(wish, { name: 'renamed' }), oldObject })
  expect(bare.object).toEqual(virtualService({ to: 'v2', routes: 'main' }, { name: 'renamed' }))
  const mirrored = virtualService(wish, { name: 'renamed', ...MIRROR })
  expect(store({ object: mirrored, oldObject }).object).toEqual(mirrored)
})

test('no rule copies more than the policy permits, though another copies less to the same destination', () => {
  const to = (host: string) => ({ route: [{ destination: { host, subset: 'v1' } }] })
  const { metadata, spec } = virtualService({ to: 'v2=5,httpbin/v2=100' })
  const object = { metadata, spec: { ...spec, http: [to('httpbin'), to('other')] } }
  const { status } = ask({ object }, { ...HERE, policies: { maxPercent: 5 } })
  expect(status?.message).toContain('100 % to httpbin/v2 is more than policy.maxPercent permits')
})

test('takes what follows .svc for the cluster only where it is its domain', () => {
  const object = virtualService({ to: 'x.default.svc.corp.example/v2' })
  const policies = { allowedTargetNamespaces: ['.'] }
  expect(ask({ object }, { ...HERE, policies }).allowed).toBe(false)
  expect(ask({ object }, { ...HERE, policies, clusterDomain: 'corp.example' }).allowed).toBe(true)
})

test('warns of a target that is known not to exist, and still mirrors', () => {
  const object = virtualService({ to: 'v9' })
  const { patch, warnings } = ask({ object }, { ...HERE, mesh: { ports: () => [8000], subsets: () => ['v1'] } })
  expect(patch).toBeDefined()
  expect(warnings).toEqual([expect.stringContaining('has a subset "v9"')])
  expect(ask({ object }).warnings, 'nothing is known yet').toBeUndefined()
})

test('warns, and never more, of a target that would hurt live requests if it hung', () => {
  const object = virtualService({ to: 'v2' })
  const mesh = { ports: () => [8000], subsets: () => ['v2'] }
  const warned = (limited?: boolean) => ask({ object }, { ...HERE, mesh: { ...mesh, limited: () => limited } })
  expect(warned(false)).toMatchObject({ allowed: true, warnings: [expect.stringContaining('v2 has no limits')] })
  expect(warned(true).warnings).toEqual([expect.stringContaining('v2 gets bodies of any size')])
  expect(warned().warnings, 'nothing is known of it').toBeUndefined()
})

test('tells the controller alone that its write was reviewed', () => {
  const object = virtualService({ to: 'v2' })
  const { warnings = [] } = ask({ object, options: { fieldManager: 'mirror-webhook' } })
  expect(readReviewed(`299 - "${warnings.join()}"`)?.outcome).toBe('mirrored')
  expect(ask({ object, options: { fieldManager: 'kubectl' } }).warnings).toBeUndefined()
})

test('reads what its write was told as the API server quotes it, whatever else that says', () => {
  const header =
    '299 - "kubectl-mirror reviewed this: kept, policy 12, awaits target", 299 - "a[\\"to\\"]: \\"x\\\\\\\\y\\", too long …"'
  const asNodeGivesIt = Buffer.from(header).toString('latin1')
  expect(readReviewed(asNodeGivesIt)).toEqual({ outcome: 'kept', policy: '12', awaitsTarget: true })
  expect(reviewedFindings(asNodeGivesIt)).toEqual(['a["to"]: "x\\\\y", too long …'])
})

test.for([
  ['not JSON', '{', /not JSON/],
  ['no object', '3', /not a JSON object/],
  ['another version', '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}', /v1beta1.*send/],
  ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', /request.uid/]
] as const)('refuses a body that is %s', ([, body, message]) => {
  expect(readReview(Buffer.from(body))).toMatch(message)
})

test('answers in the group and version it was asked in', () => {
  const expected = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: '7', allowed: true } }
  expect(JSON.parse(writeReview({ uid: '7', allowed: true }))).toEqual(expected)
})

test('keeps warnings whole that fit', () => {
  const warnings = ['a'.repeat(256), 'é'.repeat(256)]
  expect(withinLimits(warnings)).toEqual(warnings)
})

test('cuts visibly what the API server would cut or drop', () => {
  const [first, ...rest] = withinLimits(Array.from({ length: 40 }, () => 'x'.repeat(300)))
  expect(first).toBe(`${'x'.repeat(255)}…`)
  expect([first, ...rest].join('').length).toBeLessThanOrEqual(4096)
  expect(rest.at(-1)).toBe(`${40 - rest.length} more warnings: see \`kubectl mirror check\``)
})

test('a refused change leaves the mirror, and a true record of it whatever was typed there', () => {
  const typed = virtualService({ ...INVALID, injected: 'foo/bar' }, MIRROR)
  const stored = virtualService({ ...INVALID, injected: 'httpbin/v2=25' }, MIRROR)
  const { response, object } = store({ object: typed, oldObject: stored })
  expect(response.auditAnnotations).toMatchObject({ outcome: 'kept', injected: 'httpbin/v2=25' })
  expect(object).toEqual(stored)
  const disabled = store({ object: virtualService({}, MIRROR), oldObject: object! }).object
  expect(disabled).toEqual(virtualService({}))
})

test('a record alone is no proof that something was mirrored: the policy holds', () => {
  const object = virtualService({ to: 'v2', injected: 'httpbin/v2=100' })
  const { response, object: stored } = store({ object, oldObject: object }, { ...HERE, policies: { maxPercent: 10 } })
  expect(response.auditAnnotations).toEqual({ outcome: 'kept', codes: 'percentForbidden' })
  expect(stored).toEqual(virtualService({ to: 'v2' }))
})

test.for([
  [{ percent: '150' }, {}],
  [{ x: 'unknown' }, {}],
  [{ to: 'v2,'.repeat(20_000) }, {}],
  [{}, { maxPercent: 10 }]
] as const)('a mirror ends at its time beside %j under %j', ([ours, policies]) => {
  const asked = { to: 'v2', ...ours, until: '2025-12-31T00:00:00Z' }
  const stored = virtualService({ ...asked, injected: 'httpbin/v2=100' }, MIRROR)
  const { response, object } = store({ object: stored, oldObject: stored }, { ...HERE, policies })
  expect(response.allowed).toBe(true)
  expect(response.auditAnnotations).toMatchObject({ outcome: 'expired' })
  expect(object).toEqual(virtualService(asked))
})

test('a baseline ends at its time beside what is invalid, and the mirror stays', () => {
  const own = { destination: { host: 'httpbin', subset: 'v1' }, percentage: { value: 100 } }
  const other = { destination: { host: 'httpbin', subset: 'v2' }, percentage: { value: 100 } }
  const asked = { ...INVALID, baseline: '2025-12-31T00:00:00Z' }
  const stored = virtualService({ ...asked, injected: 'httpbin/v2=100,httpbin/v1=100' }, { mirrors: [other, own] })
  const { response, object } = store({ object: stored, oldObject: stored })
  expect(response.auditAnnotations).toMatchObject({ outcome: 'kept' })
  expect(object).toEqual(virtualService({ ...asked, injected: 'httpbin/v2=100' }, { mirrors: [other] }))
})

test('completes short hosts with the namespace of the request and the domain of the cluster', () => {
  const object = virtualService({ to: 'httpbin.default.svc.example.org/v1' })
  const here = { ...HERE, clusterDomain: 'example.org' }
  expect(ask({ object }, here).status?.message).toContain('already sends every request to')
  expect(ask({ object }).allowed).toBe(true)
  expect(ask({ object, namespace: 'other' }, here).allowed).toBe(true)
})
