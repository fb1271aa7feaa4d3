// A namespace of a test's own with httpbin's Service, DestinationRule and VirtualService in it, and verbs that run there.
import { apply, mirror, type Ended } from './run.ts'
import { ask, collection } from '../ask.ts'
import { clear, makeNamespace, printed } from '../objects.ts'

export const TO = 'kubectl-mirror.dev/to'

export const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'httpbin' },
  spec: { selector: { app: 'httpbin' }, ports: [{ name: 'http', port: 8000 }] }
}
const RULE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'httpbin' },
  spec: {
    host: 'httpbin',
    subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }))
  }
}

/** One rule that cannot mirror, one that can. */
export function virtualService(name = 'httpbin', more: object = {}): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, ...more },
    spec: {
      hosts: [name],
      http: [
        { match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/new' } },
        { name: 'api', timeout: '5s', route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }
      ]
    }
  }
}

export interface TestNamespace {
  run(...args: readonly string[]): Promise<Ended>
  apply(...objects: readonly object[]): Promise<void>
  /** By kubectl's jsonpath. */
  get(path: string, name?: string): Promise<string>
  /** `manager operation fields` of each entry, sorted. */
  owners(): Promise<string[]>
  create(): Promise<void>
  /** The VirtualService as it was, and no other. */
  reset(): Promise<void>
}

export function testNamespace(namespace: string): TestNamespace {
  const stored = (name = 'httpbin') =>
    ask<StoredObject>(`${collection(namespace, 'networking.istio.io/v1', 'virtualservices')}/${name}`)
  return {
    run: (...args) => mirror([...args, '--namespace', namespace]),
    apply: (...objects) => apply(namespace, ...objects),
    get: async (path, name) => printed(await stored(name), path),
    owners: async () => {
      return (await stored()).metadata.managedFields
        .map(({ manager, operation, fieldsV1 }) => `${manager} ${operation} ${JSON.stringify(fieldsV1)}`)
        .toSorted()
    },
    create: async () => {
      await makeNamespace(namespace)
      await apply(namespace, SERVICE, RULE)
      for (const version of ['v1', 'v2']) await createPod(namespace, version)
    },
    reset: async () => {
      await clear(namespace, 'virtualservices')
      await apply(namespace, virtualService())
    }
  }
}

/** No kubelet runs here: that it is ready is written. */
export async function createPod(namespace: string, version: string, ready = true): Promise<void> {
  const name = `httpbin-${version.toLowerCase()}`
  const metadata = { name, labels: { app: 'httpbin', version } }
  const spec = { containers: [{ name: 'httpbin', image: 'httpbin' }] }
  await apply(namespace, { apiVersion: 'v1', kind: 'Pod', metadata, spec })
  if (!ready) return
  const status = { conditions: [{ type: 'Ready', status: 'True' }] }
  await ask(`${collection(namespace, 'v1', 'pods')}/${name}/status`, 'PATCH', { status }, 'merge-patch+json')
}

interface StoredObject {
  readonly metadata: {
    readonly managedFields: readonly {
      readonly manager: string
      readonly operation: string
      readonly fieldsV1: Readonly<Record<string, unknown>>
    }[]
  }
}
