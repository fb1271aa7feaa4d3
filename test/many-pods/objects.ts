// What an API server must have for a comparison of many pods: their node, the pods, and what mirrors v1 to v2.

const NODE = 'many-pods'
const CORE = '/api/v1'
/** Requests at once. */
const AT_ONCE = 20

export type Send = (path: string, method: string, body: object) => Promise<unknown>

/** `port`: where the kubelet's model listens. */
export async function createObjects(send: Send, namespace: string, pods: number, port: number): Promise<void> {
  for (const { collection, body } of objectsOf(namespace, port)) await send(collection, 'POST', body)
  const names = ['v1', 'v2'].flatMap((version) => Array.from({ length: pods }, (_, index) => ({ version, index })))
  const create = async (): Promise<void> => {
    for (let next = names.pop(); next !== undefined; next = names.pop()) {
      await createPod(send, `${CORE}/namespaces/${namespace}/pods`, next.version, next.index)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, create))
}

/** Its status only afterwards: a pod is created without one. */
async function createPod(send: Send, collection: string, version: string, index: number): Promise<void> {
  const name = `shop-${version}-${index}`
  const { resourceVersion } = ((await send(collection, 'POST', podOf(name, version))) as Stored).metadata
  const whole = { ...podOf(name, version), status: statusOf(name) }
  const metadata = { name, labels: { app: 'shop', version }, resourceVersion }
  await send(`${collection}/${name}/status`, 'PUT', { ...whole, metadata })
}

interface Stored {
  readonly metadata: { readonly resourceVersion: string }
}

function objectsOf(namespace: string, port: number): { readonly collection: string; readonly body: object }[] {
  const inNamespace = `${CORE}/namespaces/${namespace}`
  const istio = `/apis/networking.istio.io/v1/namespaces/${namespace}`
  return [
    { collection: `${CORE}/namespaces`, body: { metadata: { name: namespace } } },
    { collection: `${CORE}/nodes`, body: nodeAt(port) },
    { collection: `${inNamespace}/services`, body: SERVICE },
    { collection: `${istio}/destinationrules`, body: RULE },
    { collection: `${istio}/virtualservices`, body: VIRTUAL_SERVICE }
  ]
}

function nodeAt(port: number): object {
  return {
    metadata: { name: NODE },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } }
    }
  }
}

const SERVICE = {
  metadata: { name: 'shop' },
  spec: { selector: { app: 'shop' }, ports: [{ name: 'http', port: 8000 }] }
}
const RULE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'shop' },
  spec: { host: 'shop', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) }
}
const VIRTUAL_SERVICE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'shop' },
  spec: {
    hosts: ['shop'],
    http: [
      {
        route: [{ destination: { host: 'shop', subset: 'v1' } }],
        mirror: { host: 'shop', subset: 'v2' },
        mirrorPercentage: { value: 100 }
      }
    ]
  }
}

function podOf(name: string, version: string): object {
  const containers = [
    { name: 'shop', image: 'shop' },
    { name: 'istio-proxy', image: 'proxy' }
  ]
  return {
    metadata: { name, labels: { app: 'shop', version } },
    spec: { nodeName: NODE, containers, terminationGracePeriodSeconds: 0 }
  }
}

function statusOf(pod: string): object {
  const started = { running: { startedAt: '2026-01-01T00:00:00Z' } }
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: ['shop', 'istio-proxy'].map((name) => ({
      name,
      image: name,
      imageID: name,
      ready: true,
      restartCount: 0,
      containerID: `containerd://${pod}-${name}`,
      state: started
    }))
  }
}
