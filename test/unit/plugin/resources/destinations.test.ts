// Who answers and who gets copies, as the rules stand, by annotation or by hand.
import { expect, test } from 'vitest'
import type { HttpRule } from '../../../../mirror/virtual-service.ts'
import { destinationsOf, isSameTarget } from '../../../../plugin/resources/destinations.ts'

const V1 = { host: 'httpbin', subset: 'v1' }
const V2 = { host: 'httpbin', subset: 'v2' }
const FULL = 'httpbin.shop.svc.cluster.local'

const serviceOf = (http: readonly HttpRule[]) => ({ metadata: { name: 'httpbin', namespace: 'shop' }, spec: { http } })

test.for<[string, HttpRule[], live: object[], mirror: object[]]>([
  ['nothing mirrored', [{ route: [{ destination: V1 }] }], [{ ...V1, percent: 100 }], []],
  [
    'one mirror, of every request unless it says otherwise',
    [{ route: [{ destination: V1 }], mirror: V2 }],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 100 }]
  ],
  [
    'its share, however it is spelled',
    [{ route: [{ destination: V1 }], mirror: V2, mirror_percent: 25 }],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 25 }]
  ],
  [
    'a mirror with a limit is one to the version, not to the subset that limits it',
    [{ route: [{ destination: V1 }], mirror: { ...V2, subset: 'kubectl-mirror-v2' } }],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 100, limited: true }]
  ],
  [
    'and one to a whole host',
    [{ route: [{ destination: V1 }], mirror: { host: 'shadow', subset: 'kubectl-mirror' } }],
    [{ ...V1, percent: 100 }],
    [{ host: 'shadow', percent: 100, limited: true }]
  ],
  [
    'of two to one version, of which one has no limit, not all copies are limited',
    [
      { route: [{ destination: V1 }], mirror: { ...V2, subset: 'kubectl-mirror-v2' }, mirrorPercentage: { value: 5 } },
      { route: [{ destination: V1 }], mirror: V2, mirrorPercentage: { value: 9 } }
    ],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 9 }]
  ],
  [
    'a share of nothing is no mirror',
    [{ route: [{ destination: V1 }], mirror: V2, mirrorPercentage: { value: 0 } }],
    [{ ...V1, percent: 100 }],
    []
  ],
  [
    'a list: without a percentage all, with an empty one nothing',
    [
      {
        route: [{ destination: V1 }],
        mirrors: [{ destination: V2 }, { destination: { ...V2, subset: 'v3' }, percentage: {} }]
      }
    ],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 100 }]
  ],
  [
    'a canary: by weight, and none that gets nothing',
    [
      {
        route: [
          { destination: V1, weight: 90 },
          { destination: V2, weight: 10 },
          { destination: { host: 'httpbin', subset: 'v3' } }
        ],
        mirror: { host: 'shadow', port: { number: 8080 } }
      }
    ],
    [
      { ...V1, percent: 90 },
      { ...V2, percent: 10 }
    ],
    [{ host: 'shadow', port: 8080, percent: 100 }]
  ],
  [
    'a weight on the only destination says nothing',
    [{ route: [{ destination: V1, weight: 0 }] }],
    [{ ...V1, percent: 100 }],
    []
  ],
  [
    'of several rules only those that mirror',
    [{ route: [{ destination: V2 }] }, { route: [{ destination: V1 }], mirror: V2 }],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 100 }]
  ],
  [
    'the same in two spellings is one, with its largest share',
    [
      { route: [{ destination: V1 }], mirror: V2, mirrorPercentage: { value: 5 } },
      {
        route: [{ destination: { ...V1, host: FULL } }],
        mirror: { ...V2, host: FULL },
        mirrorPercentage: { value: 50 }
      }
    ],
    [{ ...V1, percent: 100 }],
    [{ ...V2, percent: 50 }]
  ],
  ['rules that do not route', [{ redirect: { uri: '/new' } }, { delegate: { name: 'leaf' } }], [], []],
  ['no rules at all', [], [], []]
])('%s', ([, http, live, mirror]) => {
  expect(destinationsOf(serviceOf(http))).toEqual({ live, mirror })
})

test.for<[string, string, boolean]>([
  ['httpbin', FULL, true],
  ['httpbin', 'httpbin.shop.svc.corp.example', true],
  ['httpbin', 'httpbin.other.svc.cluster.local', false],
  ['httpbin', 'httpbin.shop', false],
  ['example.com', 'example.com', true]
])('%s and %s are the same host: %s', ([one, other, same]) => {
  const object = serviceOf([])
  const target = { subset: 'v2', port: 80, percent: 100 }
  expect(isSameTarget(object, { host: one, ...target }, { host: other, ...target, percent: 5 })).toBe(same)
  expect(isSameTarget(object, { host: one, ...target }, { host: one, ...target, subset: 'v3' })).toBe(false)
  expect(isSameTarget(object, { host: one, ...target }, { host: one, ...target, port: 81 })).toBe(false)
})
