// Pods as far as the commands read them, and how they are selected. Knows no VirtualService.
import type { Cluster } from '../client/client.ts'

/** None where nothing selects any. */
export async function listPods(cluster: Cluster, { namespace, selector }: PodSelection): Promise<Pod[]> {
  if (selector === undefined) return []
  const query = { labelSelector: formatSelector(selector) }
  const pages = await Array.fromAsync(cluster.list<Pod>(podsPath(namespace), { query }))
  return pages.flatMap(({ items }) => items)
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
}

export function formatSelector(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** Istio's container: among the containers, or as a native sidecar among the init containers. */
export const SIDECAR = 'istio-proxy'

export function sidecarOf({ spec }: Pod): Container | undefined {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find(({ name }) => name === SIDECAR)
}

export function hasSidecar(pod: Pod): boolean {
  return sidecarOf(pod) !== undefined
}

export function isReady({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') === true
}

/** A selector of no labels at all selects nothing here: a Service without one has no pods of its own. */
export interface PodSelection {
  readonly namespace: string
  readonly selector?: Readonly<Record<string, string>>
}

export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly resourceVersion: string
    readonly deletionTimestamp?: string
    readonly creationTimestamp?: string
  }
  readonly spec?: {
    readonly nodeName?: string
    readonly containers?: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly podIP?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  }
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export interface Container {
  readonly name: string
  readonly image?: string
  /** `Always` on an init container: a sidecar. */
  readonly restartPolicy?: string
}

export interface ContainerStatus {
  readonly name: string
  readonly containerID?: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: {
    readonly running?: object
    readonly waiting?: { readonly reason?: string }
    readonly terminated?: Terminated
  }
  readonly lastState?: { readonly terminated?: Terminated }
}

export interface Terminated {
  readonly reason?: string
  readonly exitCode?: number
  readonly containerID?: string
}
