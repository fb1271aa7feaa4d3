// What the table of cases cannot say of a review: who is refused, what is told to whom, and within which limits.
import { expect, test } from 'vitest'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import { readReview, writeReview } from '../../webhook/admission-review.ts'
import { review } from '../../webhook/review.ts'
import { withinLimits } from '../../webhook/warnings.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

function virtualService(annotations: Record<string, string>, mirror?: object): VirtualService {
  const route = [{ destination: { host: 'httpbin', subset: 'v1' } }]
  return { metadata: { name: 'httpbin', annotations }, spec: { hosts: ['httpbin'], http: [{ route, ...mirror }] } }
}

const invalid = {
  'kubectl-mirror.dev/to': 'v2',
  'kubectl-mirror.dev/percent': '150',
  'kubectl-mirror.dev/methods': 'get'
}

test('refuses with every problem at once', () => {
  const { response, outcome } = review({ uid: '1', object: virtualService(invalid) }, NOW)
  expect(outcome).toBe('denied')
  expect(response.status?.message).toMatch(/methods.*"get".*percent.*"150"/s)
  expect(response.warnings).toBeUndefined()
})

test('lets pass with warnings, untouched, what this request did not ask for', () => {
  const object = virtualService(invalid, { timeout: '5s' })
  const { response, outcome } = review({ uid: '1', object, oldObject: virtualService(invalid) }, NOW)
  expect(outcome).toBe('kept')
  expect(response).toMatchObject({ allowed: true, warnings: [expect.anything(), expect.stringContaining('"150"')] })
  expect(response.patch).toBeUndefined()
})

test('names the mirror in the audit log', () => {
  const { response } = review({ uid: '1', object: virtualService({ 'kubectl-mirror.dev/to': 'v2=25' }) }, NOW)
  expect(response.auditAnnotations).toEqual({ outcome: 'mirrored', injected: 'httpbin/v2=25' })
})

test('says nothing of an object that is not ours', () => {
  const { response, outcome } = review({ uid: '1', object: virtualService({ other: 'x' }) }, NOW)
  expect(outcome).toBe('untouched')
  expect(response).toEqual({ uid: '1', allowed: true })
})

test('leaves a request without an object alone', () => {
  expect(review({ uid: '1', object: null }, NOW).response).toEqual({ uid: '1', allowed: true })
})

test.for([
  ['not JSON', '{', /not JSON/],
  ['no object', '3', /no JSON object/],
  ['another version', '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}', /v1beta1.*send/],
  ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', /request.uid/]
] as const)('refuses a body that is %s', ([, body, message]) => {
  expect(readReview(Buffer.from(body))).toMatch(message)
})

test('answers in the group and version it was asked in', () => {
  const answer = JSON.parse(writeReview({ uid: '7', allowed: true })) as object
  const expected = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: '7', allowed: true } }
  expect(answer).toEqual(expected)
})

test('keeps warnings whole that fit', () => {
  const warnings = ['a'.repeat(256), 'é'.repeat(256)]
  expect(withinLimits(warnings)).toEqual(warnings)
})

test('cuts visibly what the API server would cut or drop', () => {
  const [first, ...rest] = withinLimits(Array.from({ length: 40 }, () => 'x'.repeat(300)))
  expect(first).toBe(`${'x'.repeat(255)}…`)
  const all = [first, ...rest].join('')
  expect(all.length).toBeLessThanOrEqual(4096)
  expect(rest.at(-1)).toBe(`${40 - rest.length} more warnings: see \`kubectl mirror check\``)
})
