// Fields of a wrong type are refused by their path, in every reader; nulls are absent.
import { expect, test } from 'vitest'
import { edit } from '../../../mirror/edit.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import { shapeProblems } from '../../../mirror/shape.ts'
import type { VirtualService } from '../../../mirror/virtual-service.ts'
import { responseTo } from '../../../webhook/admission/response.ts'
import { review } from '../../../webhook/admission/review.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const ROUTE = [{ destination: { host: 'web', subset: 'v1' } }]

function virtualService(rule: unknown, annotations: unknown = { 'kubectl-mirror.dev/to': 'v2' }): VirtualService {
  return { metadata: { name: 'web', annotations }, spec: { hosts: ['web'], http: [rule] } } as VirtualService
}

test.each<[object: unknown, problem: string]>([
  [[], 'the object: a list is not a map'],
  [{ metadata: 'web' }, 'metadata: "web" is not a map'],
  [
    virtualService({}, { 'kubectl-mirror.dev/percent': 25 }),
    'metadata.annotations["kubectl-mirror.dev/percent"]: 25 is not a string; put it in quotes'
  ],
  [virtualService({}, { other: null }), 'metadata.annotations["other"]: null is not a string; put it in quotes'],
  [virtualService({}, ['a']), 'metadata.annotations: a list is not a map'],
  [{ metadata: {}, spec: [] }, 'spec: a list is not a map'],
  [{ metadata: {}, spec: { http: { '0': {} } } }, 'spec.http: a map is not a list'],
  [{ metadata: {}, spec: { hosts: 'web' } }, 'spec.hosts: "web" is not a list'],
  [virtualService('rule'), 'spec.http[0]: "rule" is not a map'],
  [virtualService(null), 'spec.http[0]: null is not a map'],
  [virtualService({ name: 5 }), 'spec.http[0].name: 5 is not a string; put it in quotes'],
  [virtualService({ match: {} }), 'spec.http[0].match: a map is not a list'],
  [virtualService({ match: [[]] }), 'spec.http[0].match[0]: a list is not a map'],
  [virtualService({ match: [{ method: 'GET' }] }), 'spec.http[0].match[0].method: "GET" is not a map'],
  [
    virtualService({ match: [{ method: { exact: ['GET'] } }] }),
    'spec.http[0].match[0].method.exact: a list is not a string; put it in quotes'
  ],
  [
    virtualService({ match: [{ headers: { 'x/y': null } }] }),
    'spec.http[0].match[0].headers["x/y"]: null is not a map'
  ],
  [virtualService({ match: [{ headers: [] }] }), 'spec.http[0].match[0].headers: a list is not a map'],
  [virtualService({ route: {} }), 'spec.http[0].route: a map is not a list'],
  [virtualService({ route: [null] }), 'spec.http[0].route[0]: null is not a map'],
  [virtualService({ route: [{ destination: 'web' }] }), 'spec.http[0].route[0].destination: "web" is not a map'],
  [
    virtualService({ route: [{ destination: { port: 80 } }] }),
    'spec.http[0].route[0].destination.port: 80 is not a map'
  ],
  [virtualService({ route: [{ weight: '5' }] }), 'spec.http[0].route[0].weight: "5" is not a number'],
  [
    virtualService({ route: [{ weight: Number.POSITIVE_INFINITY }] }),
    'spec.http[0].route[0].weight: Infinity is not a number'
  ],
  [
    virtualService({ match: [{ ignoreUriCase: 'yes', sourceLabels: { a: 'b' } }] }),
    'spec.http[0].match[0].ignoreUriCase: "yes" is not true or false'
  ],
  [virtualService({ mirror: true }), 'spec.http[0].mirror: true is not a map'],
  [virtualService({ mirrors: [{ percentage: 5 }] }), 'spec.http[0].mirrors[0].percentage: 5 is not a map'],
  [virtualService({ delegate: 'other' }), 'spec.http[0].delegate: "other" is not a map'],
  [{ metadata: {}, spec: { tcp: [7] } }, 'spec.tcp[0]: 7 is not a map']
])('%j', (object, problem) => {
  expect(shapeProblems(object).map(formatProblem)).toEqual([problem])
  const { result, problems } = edit(object as VirtualService, NOW)
  expect([result, problems.map(formatProblem)]).toEqual([object, [problem]])
})

test('every wrong type is said at once, up to twenty', () => {
  const http = Array.from({ length: 10_000 }, () => ({ route: 5 }))
  expect(shapeProblems({ metadata: { annotations: 3 }, spec: { http } })).toHaveLength(20)
})

test('what is said of a wrong type is short, however long that is', () => {
  const long = 'x'.repeat(1_000_000)
  const [problem] = shapeProblems({ metadata: { annotations: { [long]: 3 } }, spec: long })
  expect(formatProblem(problem!).length).toBeLessThan(300)
})

test('a wrong type is denied with its path, whether or not this write asked for it', () => {
  const object = virtualService({ route: 'web' })
  for (const oldObject of [undefined, object]) {
    const request = { uid: '1', namespace: 'default', object, ...(oldObject && { oldObject }) }
    const { allowed, status } = responseTo(request, review(request, { now: NOW, policies: {} }))
    expect({ allowed, message: status?.message }).toEqual({
      allowed: false,
      message: 'spec.http[0].route: "web" is not a list'
    })
  }
})

test('a stored object of a wrong type does not keep a right one from being written', () => {
  const oldObject = virtualService('rule')
  const request = { uid: '1', namespace: 'default', object: virtualService({ route: ROUTE }), oldObject }
  expect(review(request, { now: NOW, policies: {} }).outcome).toBe('mirrored')
})

test.each<[field: string, rule: object]>([
  ['match', { match: null }],
  ['name', { name: null }],
  ['delegate, redirect and directResponse', { delegate: null, redirect: null, directResponse: null }],
  ['method and headers of a branch', { match: [{ uri: { prefix: '/' }, method: null, headers: null }] }],
  ['what a condition matches', { match: [{ method: { exact: null }, headers: { x: { regex: null } } }] }],
  ['weight and port', { route: [{ destination: { host: 'web', subset: 'v1', port: null }, weight: null }] }]
])('null is absent: %s', (_, rule) => {
  const annotations = {
    'kubectl-mirror.dev/to': 'v2',
    'kubectl-mirror.dev/methods': 'GET',
    'kubectl-mirror.dev/headers': 'x'
  }
  const object = virtualService({ route: ROUTE, ...rule }, annotations)
  const { problems, plan } = edit(object, NOW)
  expect(problems).toEqual([])
  expect(plan?.rules).toMatchObject([{ outcome: 'mirrored' }])
})

test('null is absent in the object itself', () => {
  expect(edit({ metadata: { annotations: null }, spec: null }, NOW).problems).toEqual([])
  const nothing = {
    metadata: { annotations: { 'kubectl-mirror.dev/to': 'v2' } },
    spec: { http: null, tcp: null, tls: null }
  }
  expect(edit(nothing, NOW).problems).toMatchObject([{ code: 'nothingMirrored' }])
})

test('an integer past a double is no map', () => {
  const headers = { 'x-a': JSON.rawJSON('9007199254740993') }
  const object = { spec: { http: [{ match: [{ headers }] }] } }
  expect(shapeProblems(object).map(formatProblem)).toEqual([
    'spec.http[0].match[0].headers["x-a"]: 9007199254740993 is not a map'
  ])
})
