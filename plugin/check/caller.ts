// The pod that a probe is sent from, named as kubectl exec takes it: POD, pod/POD or deploy/NAME. Sends nothing.
import type { Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import { isReady, listPods, podsPath, type Pod } from '../resources/pods.ts'

const DEPLOYMENT = /^(?:deploy|deployment|deployments|deployment\.apps|deployments\.apps)$/

/** Of a Deployment, the first pod that is ready. */
export async function findCaller(cluster: Cluster, name: string): Promise<Pod> {
  const [kind, own] = name.includes('/') ? (name.split('/', 2) as [string, string]) : ['pod', name]
  if (/^(?:po|pod|pods)$/.test(kind)) {
    return cluster.request<Pod>('GET', `${podsPath(cluster.namespace)}/${encodeURIComponent(own)}`)
  }
  if (!DEPLOYMENT.test(kind)) throw new UserError(`--probe: "${name}" is neither POD, pod/POD nor deploy/NAME`)
  const { namespace } = cluster
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(own)}`
  const { spec } = await cluster.request<Deployment>('GET', path)
  const pod = (await listPods(cluster, { namespace, selector: spec.selector.matchLabels ?? {} })).find(isReady)
  if (!pod) throw new UserError(`--probe: ${name} has no ready pod; wait for one, or name a pod`)
  return pod
}

interface Deployment {
  readonly spec: { readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> } }
}
