// What `enable --create` makes of a Service and its pods, and what it refuses to guess.
import { expect, test } from 'vitest'
import { planVirtualService, type CreationRequest } from '../../../../plugin/enable/create-plan.ts'
import type { Pod } from '../../../../plugin/resources/pods.ts'
import type { Service } from '../../../../plugin/resources/services.ts'

const SERVICE: Service = {
  name: 'httpbin',
  namespace: 'shop',
  selector: { app: 'httpbin' },
  ports: [{ port: 8000 }],
  exportTo: []
}
const REQUEST: CreationRequest = { annotations: { 'kubectl-mirror.dev/to': 'v2' }, from: [], to: ['v2'], subsets: [] }

type PodState = 'ready' | 'unready' | 'ending'

function pod(version: string | undefined, state: PodState = 'ready'): Pod {
  return {
    metadata: {
      name: `httpbin-${version}`,
      namespace: 'shop',
      uid: version ?? '',
      resourceVersion: '1',
      ...(version !== undefined && { labels: { version } }),
      ...(state === 'ending' && { deletionTimestamp: '2026-01-01T00:00:00Z' })
    },
    status: { conditions: [{ type: 'Ready', status: state === 'unready' ? 'False' : 'True' }] }
  }
}

test('a subset for each version, and every live request on the one that is no target', () => {
  const created = planVirtualService(SERVICE, [pod('v2'), pod('v1'), pod('v1')], REQUEST)
  const metadata = { name: 'httpbin', namespace: 'shop', labels: { 'kubectl-mirror.dev/created': 'true' } }
  expect(created).toMatchObject({
    live: 'v1',
    needed: [
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata,
        spec: {
          host: 'httpbin',
          subsets: [
            { name: 'v1', labels: { version: 'v1' } },
            { name: 'v2', labels: { version: 'v2' } }
          ]
        }
      }
    ],
    route: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { ...metadata, annotations: REQUEST.annotations },
      spec: { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }] }
    }
  })
})

test('requests to one port do not end up at another', () => {
  const { route } = planVirtualService(
    { ...SERVICE, ports: [{ port: 80 }, { port: 9000 }] },
    [pod('v1'), pod('v2')],
    REQUEST
  )
  const rule = (port: number) => ({
    match: [{ port }],
    route: [{ destination: { host: 'httpbin', subset: 'v1', port: { number: port } } }]
  })
  expect(route.spec?.http).toEqual([rule(80), rule(9000)])
})

test('a version that no subset may be called by gets a name that one may', () => {
  const { needed, live } = planVirtualService(SERVICE, [pod('_1.2.0_RC'), pod('v2')], REQUEST)
  expect(live).toBe('1-2-0-rc')
  expect(needed).toMatchObject([
    { spec: { subsets: [{ name: '1-2-0-rc', labels: { version: '_1.2.0_RC' } }, { name: 'v2' }] } }
  ])
})

test('subsets that a DestinationRule makes already are used, and none is made beside them', () => {
  const created = planVirtualService(SERVICE, [pod('v1'), pod('v2')], { ...REQUEST, subsets: ['v1', 'v2', 'v9'] })
  expect(created.needed).toEqual([])
  expect(created.live).toBe('v1')
})

test.for<[string, readonly Pod[], Partial<CreationRequest>, string]>([
  ['the one that is ready', [pod('v1'), pod('v2'), pod('v3', 'unready')], {}, 'v1'],
  ['the one that stays', [pod('v1'), pod('v2'), pod('v3', 'ending')], {}, 'v1'],
  ['the one that --from names', [pod('v1'), pod('v2'), pod('v3')], { from: ['v3'] }, 'v3'],
  ['a target whose pods are not ready yet', [pod('v1'), pod('v2', 'unready')], {}, 'v1'],
  ['a pod without the label', [pod('v1'), pod('v2'), pod(undefined)], {}, 'v1']
])('live is, with %s: %s', ([, pods, wish, live]) => {
  expect(planVirtualService(SERVICE, pods, { ...REQUEST, ...wish }).live).toBe(live)
})

test.for<[string, readonly Pod[], Partial<CreationRequest>, string]>([
  ['a target that no pod has', [pod('v1')], {}, 'no pod of Service httpbin has label version=v2; they have v1'],
  ['no versions at all', [pod(undefined)], {}, 'no pod of Service httpbin has label version=v2; they have none'],
  [
    'a target whose last pod is ending',
    [pod('v1'), pod('v2', 'ending')],
    {},
    'no pod of Service httpbin has label version=v2; they have v1'
  ],
  [
    'two labels that would have one name',
    [pod('v1'), pod('v2'), pod('V2')],
    {},
    'pods of Service httpbin have labels version=v2 and version=V2, which would both be called v2; relabel one of them'
  ],
  [
    'several that are missing',
    [pod('v1')],
    { from: ['v0'], to: ['v2'] },
    'no pod of Service httpbin has label version=v0 or v2; they have v1'
  ],
  ['no other version', [pod('v2')], {}, 'Service httpbin has only pods of the target (v2)'],
  ['no ready version', [pod('v1', 'unready'), pod('v2')], {}, 'no version other than the target has a ready pod'],
  ['--from that is not ready', [pod('v1', 'unready'), pod('v2')], { from: ['v1'] }, 'version v1 has no ready pod'],
  [
    'several that could answer',
    [pod('v1'), pod('v2'), pod('v3')],
    {},
    'several versions could be the live one: v1, v3; choose one with --from'
  ],
  [
    'a DestinationRule without the subset',
    [pod('v1'), pod('v2')],
    { subsets: ['v1', 'blue'] },
    'the DestinationRule of Service httpbin has subsets "v1", "blue", but not "v2"; add what is missing, or write the VirtualService by hand'
  ]
])('%s is refused', ([, pods, wish, message]) => {
  expect(() => planVirtualService(SERVICE, pods, { ...REQUEST, ...wish })).toThrow(message)
})
