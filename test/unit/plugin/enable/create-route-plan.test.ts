// What `enable --create=httproute` makes of a Service and its pods, which Services it takes as they are, and what it refuses to guess.
import { expect, test } from 'vitest'
import { planHttpRoute, type RouteRequest } from '../../../../plugin/enable/create-route-plan.ts'
import type { Pod } from '../../../../plugin/resources/pods.ts'
import type { Service } from '../../../../plugin/resources/services.ts'

const TO = 'kubectl-mirror.dev/to'
const FROM = 'kubectl-mirror.dev/from'
const SERVICE = service('httpbin', {
  ports: [{ name: 'http', port: 8000, protocol: 'TCP', targetPort: 80, nodePort: 31_000 } as Service['ports'][number]]
})
const PODS = ['v1', 'v2'].map((version) => pod(version))

function service(name: string, more: Partial<Service> = {}): Service {
  return { name, namespace: 'shop', selector: { app: 'httpbin' }, ports: [{ port: 8000 }], exportTo: [], ...more }
}

function pod(version: string): Pod {
  return {
    metadata: { name: version, namespace: 'shop', uid: version, resourceVersion: '1', labels: { version } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] }
  }
}

interface Case extends Partial<Omit<RouteRequest, 'annotations'>> {
  readonly to?: string
  readonly of?: Service
  readonly pods?: readonly Pod[]
}

function plan({ to = 'httpbin-v2', of = SERVICE, pods = PODS, from = [], services = [] }: Case = {}) {
  const annotations = { [TO]: to, ...(from.length > 0 && { [FROM]: from.join(',') }) }
  return planHttpRoute(of, pods, { annotations, from, services: [of, ...services] })
}

test('a Service for the version that answers and for each target, and every request on the first', () => {
  const { live, needed, route } = plan({ pods: [...PODS, pod('v3')], from: ['v1'] })
  const made = (version: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `httpbin-${version}`, namespace: 'shop', labels: { 'kubectl-mirror.dev/created': 'httpbin' } },
    spec: {
      selector: { app: 'httpbin', version },
      ports: [{ name: 'http', port: 8000, protocol: 'TCP', targetPort: 80 }]
    }
  })
  expect({ live, needed, route }).toEqual({
    live: 'httpbin-v1',
    needed: [made('v1'), made('v2')],
    route: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: {
        name: 'httpbin',
        namespace: 'shop',
        labels: { 'kubectl-mirror.dev/created': 'true' },
        annotations: { [TO]: 'httpbin-v2', [FROM]: 'httpbin-v1' }
      },
      spec: {
        parentRefs: [{ group: '', kind: 'Service', name: 'httpbin', port: 8000 }],
        rules: [{ backendRefs: [{ name: 'httpbin-v1', port: 8000 }] }]
      }
    }
  })
})

const V2 = { selector: { app: 'httpbin', version: 'v2' } }

test.for<[what: string, given: Case, annotation: string, names: string[]]>([
  ['a version', { to: 'v2' }, 'httpbin-v2', ['httpbin-v1', 'httpbin-v2']],
  ['a version with a share', { to: 'v2=25' }, 'httpbin-v2=25', ['httpbin-v1', 'httpbin-v2']],
  ['its Service in full', { to: 'httpbin-v2.shop.svc.cluster.local' }, 'httpbin-v2', ['httpbin-v1', 'httpbin-v2']],
  [
    'two versions',
    { to: 'v2=5,v3', pods: [...PODS, pod('v3')] },
    'httpbin-v2=5,httpbin-v3',
    ['httpbin-v1', 'httpbin-v2', 'httpbin-v3']
  ],
  ['another Service', { to: 'shadow', from: ['v1'], services: [service('shadow')] }, 'shadow', ['httpbin-v1']],
  ['one in another namespace', { to: 'shadow.other', from: ['v1'] }, 'shadow.other', ['httpbin-v1']],
  [
    'a Service that is called as a version is',
    { to: 'v2', from: ['v1'], services: [service('v2')] },
    'v2',
    ['httpbin-v1']
  ],
  [
    'a Service that selects the version already, on a port of its own',
    { services: [service('httpbin-v2', { ...V2, ports: [{ port: 9090, targetPort: 9090 }, { port: 80 }] })] },
    'httpbin-v2:80',
    ['httpbin-v1']
  ],
  [
    'one with the same port',
    { services: [service('httpbin-v2', { ...V2, ports: SERVICE.ports })] },
    'httpbin-v2',
    ['httpbin-v1']
  ],
  [
    'the port of several that it names',
    { to: 'httpbin-v2:9000', of: service('httpbin', { ports: [{ port: 8000 }, { port: 9000 }] }) },
    'httpbin-v2:9000',
    ['httpbin-v1', 'httpbin-v2']
  ]
])('to %s', ([, given, annotation, names]) => {
  const { needed, route } = plan(given)
  expect(route.metadata.annotations?.[TO]).toBe(annotation)
  expect(needed.map(({ metadata }) => metadata.name)).toEqual(names)
})

test('of several ports only the one that is named is routed, and its Services have all', () => {
  const ports = [{ port: 8000 }, { port: 9000, name: 'grpc', appProtocol: 'kubernetes.io/h2c' }]
  const { needed, route } = plan({ to: 'v2:9000', of: service('httpbin', { ports }) })
  expect(route.spec).toMatchObject({
    parentRefs: [{ port: 9000 }],
    rules: [{ backendRefs: [{ name: 'httpbin-v1', port: 9000 }] }]
  })
  expect(needed.map(({ spec }) => spec)).toMatchObject([{ ports }, { ports }])
})

test.for<[string, Case, string]>([
  ['a version that no pod has', { to: 'v9' }, 'no pod of Service httpbin has label version=v9; they have v1, v2'],
  ['its Service', { to: 'httpbin-v9' }, 'no pod of Service httpbin has label version=v9; they have v1, v2'],
  [
    '--from a version that no pod has',
    { from: ['v0'] },
    'no pod of Service httpbin has label version=v0; they have v1, v2'
  ],
  ['a subset', { to: 'shadow/v2' }, '--to: "shadow/v2" is not a Service; an HTTPRoute has no subsets'],
  [
    'no choice of the port',
    { of: service('httpbin', { ports: [{ port: 8000 }, { port: 9000 }] }) },
    'Service httpbin has the ports 8000, 9000, and an HTTPRoute mirrors one of them; name it in --to, for example httpbin-v2:8000'
  ],
  ['no port', { of: service('httpbin', { ports: [] }) }, 'Service httpbin has no port'],
  [
    'a port that its Service will not have',
    { to: 'v2:9999' },
    'port 8000 of Service httpbin leads to port 80 of the pods, and Service httpbin-v2 sends to it from 8000, not from 9999'
  ],
  [
    'a Service of its name for other pods',
    { services: [service('httpbin-v2', { selector: { app: 'other' } })] },
    'Service httpbin-v2 exists, but selects app=other and not app=httpbin,version=v2; rename it, or write the HTTPRoute by hand'
  ],
  [
    'a Service of its name for another port of the pods',
    { services: [service('httpbin-v2', { ...V2, ports: [{ port: 8000, targetPort: 9090 }] })] },
    'port 8000 of Service httpbin leads to port 80 of the pods, and Service httpbin-v2 has no port that leads there'
  ]
])('%s is refused', ([, given, message]) => {
  expect(() => plan(given)).toThrow(message)
})

test('only the sentence that its own Services are unknown is expected', () => {
  const { isExpected } = plan()
  const says = (host: string, namespace = 'shop') =>
    isExpected(
      `metadata.annotations["${TO}"]: an HTTPRoute needs a target that exists: namespace ${namespace} sees no Service or ` +
        `ServiceEntry ${host}, so live requests may fail; check the name and exportTo`
    )
  expect(says('httpbin-v2.shop.svc.cluster.local')).toBe(true)
  expect(says('httpbin-v2.shop.svc.k8s.example')).toBe(true)
  expect(says('httpbin-v9.shop.svc.cluster.local')).toBe(false)
  expect(says('httpbin-v2.other.svc.cluster.local')).toBe(false)
  expect(
    isExpected(`metadata.annotations["${TO}"]: httpbin-v2.shop.svc.cluster.local is not permitted as a target`)
  ).toBe(false)
})
