// A small model of the API server for the verbs that only read: objects by path, and paths that the user may not read.
import { edit } from '../../../../mirror/edit.ts'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { ApiError } from '../../../../plugin/io/errors.ts'
import type { StoredVirtualService } from '../../../../plugin/resources/virtual-services.ts'

export interface Model {
  /** Whole answers, by path without its query. A path ending in a plural is a collection. */
  readonly answers: Readonly<Record<string, unknown>>
  readonly forbidden?: readonly RegExp[]
  /** Of POST requests: answered, or thrown. */
  readonly post?: (path: string) => unknown
}

export function clusterOf({ answers, forbidden = [], post }: Model, namespace = 'shop'): Cluster {
  const read = (path: string): unknown => {
    if (forbidden.some((pattern) => pattern.test(path))) {
      throw new ApiError(403, { reason: 'Forbidden', message: `${path} is forbidden` })
    }
    if (path in answers) return answers[path]
    throw new ApiError(404, { reason: 'NotFound', message: `${path} not found` })
  }
  const stub = {
    namespace,
    contextName: 'test',
    command: (words: string, program = 'kubectl') => `${program} ${words}`,
    request: async (method: string, path: string) => (method === 'POST' ? post?.(path) : read(path)),
    async *list(path: string, { query }: { query?: { labelSelector?: string } } = {}) {
      const isKnown = path in answers || forbidden.some((one) => one.test(path))
      const { items } = (isKnown ? read(path) : {}) as { items?: readonly Labelled[] | null }
      const wanted = (query?.labelSelector ?? '').split(',').filter((one) => one !== '')
      const has = ({ metadata: { labels = {} } }: Labelled) =>
        wanted.every((one) => labels[one.split('=')[0]!] === one.split('=')[1])
      yield { items: (items ?? []).filter(has), resourceVersion: '1' }
    }
  }
  // Nothing else is asked of it.
  return stub as unknown as Cluster
}

interface Labelled {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> }
}

export const NOW = new Date('2026-01-01T00:00:00Z')
export const IO = { now: () => NOW, stdout: process.stdout, stderr: process.stderr, env: {} }

const NETWORKING = '/apis/networking.istio.io/v1'

/** Service httpbin of namespace shop with subsets v1 and v2, each with as many ready pods as it says. */
export function shop(
  ready: Readonly<Record<string, number>> = { v1: 1, v2: 1 },
  trafficPolicy?: object
): Record<string, unknown> {
  const subsets = Object.keys(ready).map((version) => ({ name: version, labels: { version } }))
  const pods = Object.entries(ready).flatMap(([version, count]) =>
    Array.from({ length: count }, (_, at) => ({
      metadata: { name: `${version}-${at}`, namespace: 'shop', labels: { app: 'httpbin', version } },
      spec: { containers: [{ name: 'app' }, { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.27.1' }] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] }
    }))
  )
  return {
    '/api/v1/namespaces/shop': { metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } },
    '/api/v1/namespaces/shop/services': {
      items: [{ metadata: { name: 'httpbin' }, spec: { selector: { app: 'httpbin' }, ports: [{ port: 8000 }] } }]
    },
    '/api/v1/namespaces/shop/pods': { items: pods },
    [`${NETWORKING}/namespaces/shop/destinationrules`]: {
      items: [{ metadata: { name: 'httpbin', namespace: 'shop' }, spec: { host: 'httpbin', subsets, trafficPolicy } }]
    }
  }
}

export function virtualService(
  key: string,
  spec: NonNullable<StoredVirtualService['spec']>,
  annotations: Readonly<Record<string, string>> = {},
  metadata: object = {}
): StoredVirtualService {
  const [namespace = '', name = ''] = key.split('/')
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace, uid: key, resourceVersion: '1', annotations, ...metadata },
    spec
  }
}

export function listed(...objects: readonly StoredVirtualService[]): Record<string, unknown> {
  return { [`${NETWORKING}/virtualservices`]: { items: objects } }
}

export const ROUTE = [{ destination: { host: 'httpbin', subset: 'v1' } }]

/** As the webhook leaves it. */
export function mirrored(
  key: string,
  spec: object,
  ours: Readonly<Record<string, string>> = { to: 'v2' }
): StoredVirtualService {
  const annotations = Object.fromEntries(
    Object.entries(ours).map(([name, value]) => [`kubectl-mirror.dev/${name}`, value])
  )
  return edit(virtualService(key, { ...spec }, annotations), NOW).result
}
