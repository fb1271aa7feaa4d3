// HTTPRoutes of these tests: one route to httpbin-v1, applied as a user does. Knows no webhook.
import { ask, type Named } from '../ask.ts'
import { applyAll, applyOne, areEstablished } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'
import { gatewayDefinitions } from '../../webhook-definitions.ts'

export const OURS = 'kubectl-mirror.dev/'
export const MESH = { group: '', kind: 'Service', name: 'httpbin', port: 8000 }
/** What `to: httpbin-v2` makes. */
export const TO_V2 = { backendRef: { group: '', kind: 'Service', name: 'httpbin-v2', port: 80 } }
/** Without CRDs the webhook looks every five seconds. */
export const SOON_MS = 10_000

/** The present version by default. */
export async function defineGatewayApi(version?: string): Promise<void> {
  const definitions = await gatewayDefinitions(version)
  await applyAll(definitions, true)
  await areEstablished(definitions)
}

export async function makeServices(): Promise<void> {
  await Promise.all(['httpbin-v1', 'httpbin-v2'].map((name) => makeService(name)))
}

export async function removeAll(): Promise<void> {
  await kubectl(['delete', 'httproutes,gateways,gatewayclasses,referencegrants,services,events', '--all'])
}

/** What is stored. */
export async function apply(object: object, force = false): Promise<string> {
  return JSON.stringify(await applyOne(object as Named, force))
}

export function makeService(name: string, port = 80, namespace = 'default'): Promise<string> {
  const spec = { selector: { app: name }, ports: [{ name: 'http', port }] }
  return apply({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec }, true)
}

export function route(to: string | undefined, parent: object = MESH, rule: object = {}, more: object = {}): object {
  const annotations = Object.entries({ ...(to && { to }), ...more }).map(([key, value]) => [`${OURS}${key}`, value])
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'httpbin', namespace: 'default', annotations: Object.fromEntries(annotations) as object },
    spec: { parentRefs: [parent], rules: [{ backendRefs: [{ name: 'httpbin-v1', port: 80 }], ...rule }] }
  }
}

interface Stored {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly generation: number }
  readonly spec: { readonly rules: readonly [{ readonly filters?: readonly { readonly requestMirror: object }[] }] }
}

export function stored(): Promise<Stored> {
  return ask('/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes/httpbin')
}

export async function mirrors(): Promise<object[]> {
  return ((await stored()).spec.rules[0].filters ?? []).map(({ requestMirror }) => requestMirror)
}

export async function mirrored(to: string, parent?: object): Promise<void> {
  await until(
    'it is mirrored',
    () =>
      apply(route(to, parent)).then(
        (text) => text.includes('RequestMirror'),
        () => false
      ),
    SOON_MS
  )
}
