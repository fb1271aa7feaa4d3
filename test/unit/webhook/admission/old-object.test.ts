// The stored object is read from the bytes of a review: as little as is needed, and as if all had been parsed.
import { expect, test, vi } from 'vitest'
import { readReview, type AdmissionRequest } from '../../../../webhook/admission/admission-review.ts'
import { review } from '../../../../webhook/admission/review.ts'
import { parsePolicies, type Policies } from '../../../../mirror/policy.ts'
import { hostileBody } from '../../../hostile/generate.ts'

const AROUND = { now: new Date('2026-11-28T12:00:00Z'), policies: parsePolicies('{"maxPercent": 10}') as Policies }

const textOf = (request: unknown): string =>
  JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })

function read(body: string | Buffer): AdmissionRequest {
  const request = readReview(Buffer.from(body))
  if (typeof request === 'string') throw new Error(request)
  return request
}

const PLAIN = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'httpbin', annotations: { team: 'shop' } },
  spec: { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }], timeout: '5s' }] }
}
const OURS = {
  ...PLAIN,
  metadata: {
    name: 'httpbin',
    annotations: { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/injected': 'httpbin/v2=100' }
  },
  spec: {
    hosts: ['httpbin'],
    http: [{ ...PLAIN.spec.http[0], timeout: '4s', mirror: { host: 'httpbin', subset: 'v2' } }]
  }
}

test('an old object without an annotation of ours is not parsed', () => {
  const parse = vi.spyOn(JSON, 'parse')
  const { oldObject, wholeOldObject } = read(textOf({ uid: '1', object: OURS, oldObject: PLAIN }))
  expect(oldObject).toBeNull()
  expect(wholeOldObject).toBeUndefined()
  expect(parse.mock.calls.map(([text]) => text.includes('5s'))).toEqual([false])
  parse.mockRestore()
})

test('of one that has some, annotations are read at once and rules when they are asked for', () => {
  const { oldObject, wholeOldObject } = read(textOf({ uid: '1', object: PLAIN, oldObject: OURS }))
  const { apiVersion, kind, metadata } = OURS
  expect(oldObject).toEqual({ apiVersion, kind, metadata: { annotations: metadata.annotations } })
  expect(wholeOldObject?.()).toEqual(OURS)
})

test.for([
  ['an old object behind another one', `"oldObject":{"metadata":{}},"oldObject":${JSON.stringify(OURS)}`],
  ['texts that look like the path', `"a":"\\"oldObject\\":{","b":{"oldObject":{}},"oldObject":${JSON.stringify(OURS)}`],
  ['white space', `"oldObject" :${JSON.stringify(OURS, undefined, 2)}`]
])('finds it among %s', ([, members]) => {
  const text = textOf({ uid: '1', object: PLAIN }).replace('"uid"', () => `${members},"uid"`)
  const { oldObject, wholeOldObject } = read(text)
  expect(wholeOldObject?.()).toEqual(OURS)
  expect(oldObject?.metadata.annotations).toEqual(OURS.metadata.annotations)
})

test('what is cut in the middle of it is no JSON', () => {
  const text = textOf({ uid: '1', object: PLAIN, oldObject: OURS })
  for (let end = 0; end < text.length; end++) expect(readReview(Buffer.from(text.slice(0, end)))).toBeTypeOf('string')
})

test('every review is judged as if all of it had been parsed', () => {
  let updates = 0
  for (let index = 0; index < 600; index++) {
    const body = hostileBody(20_261_128, index)
    const request = readReview(body)
    if (typeof request === 'string' || !isJson(body)) continue
    const whole = (JSON.parse(body.toString()) as { request: AdmissionRequest }).request
    if (whole.oldObject) updates++
    const decide = (one: AdmissionRequest) => review({ ...one, bytes: body.length }, AROUND)
    expect(decide(request), `case ${index}`).toEqual(decide(whole))
  }
  expect(updates).toBeGreaterThan(50)
})

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString())
    return true
  } catch {
    return false
  }
}
