// What the webhook knows of hosts: only what Istio would use for callers in the namespace that is asked about.
import { expect, test } from 'vitest'
import { createMesh } from '../../../../webhook/admission/mesh.ts'

const HOST = 'httpbin.shop.svc.cluster.local'

function meshOf(objects: Readonly<Record<'services' | 'serviceentries' | 'destinationrules', readonly object[]>>) {
  const mesh = createMesh('cluster.local', { changed: () => undefined, failed: () => expect.unreachable() })
  for (const { source, sink } of mesh.collections) {
    const kind = source.path.split('/').at(-1) as keyof typeof objects // these three are followed
    sink.begin()
    for (const object of objects[kind]) sink.put(object as never)
    sink.end()
  }
  return mesh
}

function destinationRule(namespace: string, host: string, subset: string, more: object = {}): object {
  return { metadata: { name: subset, namespace }, spec: { host, subsets: [{ name: subset }], ...more } }
}

test('a DestinationRule that is not exported, or elsewhere, gives callers no subset', () => {
  const mesh = meshOf({
    services: [{ metadata: { name: 'httpbin', namespace: 'shop' }, spec: { ports: [{ port: 8000 }] } }],
    serviceentries: [],
    destinationrules: [
      destinationRule('shop', 'httpbin', 'own', { exportTo: ['.'] }),
      destinationRule('edge', HOST, 'edge'),
      destinationRule('other', HOST, 'other')
    ]
  })
  expect(mesh.ports(HOST, 'edge')).toEqual([8000])
  expect(mesh.subsets(HOST, 'shop')).toEqual(['own'])
  expect(mesh.subsets(HOST, 'edge')).toEqual(['edge'])
  expect(mesh.subsets(HOST, 'third')).toEqual([])
})

test('the namespace of a ServiceEntry is that of its host', () => {
  const mesh = meshOf({
    services: [],
    serviceentries: [
      { metadata: { name: 'api', namespace: 'egress' }, spec: { hosts: ['api.example.com'], ports: [{ number: 443 }] } }
    ],
    destinationrules: [destinationRule('egress', 'api.example.com', 'v2')]
  })
  expect(mesh.subsets('api.example.com', 'shop')).toEqual(['v2'])
})

test('a Service or ServiceEntry that is not exported is not there for others', () => {
  const annotations = { 'networking.istio.io/exportTo': '., edge' }
  const mesh = meshOf({
    services: [{ metadata: { name: 'httpbin', namespace: 'shop', annotations }, spec: { ports: [{ port: 8000 }] } }],
    serviceentries: [
      {
        metadata: { name: 'api', namespace: 'egress' },
        spec: { hosts: ['api.example.com'], ports: [{ number: 443 }], exportTo: ['.'] }
      }
    ],
    destinationrules: []
  })
  expect(['shop', 'edge', 'third'].map((client) => mesh.ports(HOST, client))).toEqual([[8000], [8000], undefined])
  expect(mesh.ports('api.example.com', 'egress')).toEqual([443])
  expect(mesh.ports('api.example.com', 'shop')).toBeUndefined()
})

test('limits are those of the rules that Istio merges for the caller, and of a subset that is there', () => {
  const limits = { trafficPolicy: { connectionPool: { http: { http2MaxRequests: 64 } } } }
  const of = (name: string, more: object, subset: object) => ({
    metadata: { name, namespace: 'shop' },
    spec: { host: 'httpbin', subsets: [{ name, ...subset }], ...more }
  })
  const mesh = meshOf({
    services: ['httpbin', 'bare'].map((name) => ({
      metadata: { name, namespace: 'shop' },
      spec: { ports: [{ port: 80 }] }
    })),
    serviceentries: [],
    destinationrules: [of('a', { exportTo: ['*'], ...limits }, {}), of('b', { exportTo: ['*'] }, limits)]
  })
  const limited = (subset?: string, host = HOST) => mesh.limited!({ host, ...(subset && { subset }) }, 'shop')
  expect([limited(), limited('a'), limited('b'), limited('c')]).toEqual([true, true, true, undefined])
  const bare = 'bare.shop.svc.cluster.local'
  expect([limited(undefined, bare), limited('a', bare), limited(undefined, 'none')]).toEqual([
    false,
    undefined,
    undefined
  ])
})
