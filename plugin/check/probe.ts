// Sends marked requests from a pod and looks for them in the logs of both versions: the proof that copies arrive.
import { randomUUID } from 'node:crypto'
import { isDelegate } from '../../mirror/delegation.ts'
import { listSeen } from '../resources/all-virtual-services.ts'
import type { Cluster } from '../client/client.ts'
import { delegateOf } from '../status/delegate.ts'
import { ApiError, ConnectionError, UserError } from '../io/errors.ts'
import { execInPod } from '../resources/exec.ts'
import { isReady, listPods, podsPath, SIDECAR, type Pod } from '../resources/pods.ts'
import { asServed, calledService } from '../resources/served.ts'
import { ServiceDirectory } from '../resources/services.ts'
import { isRoute, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions } from '../resources/versions.ts'
import { describeArrivals, lookFor } from './arrival.ts'
import { isMeshed } from './destination.ts'
import type { CheckFlags } from './flags.ts'
import { link, tryLink, type Link } from './link.ts'
import { planRequest } from './probe-request.ts'
import { sendProbe } from './send-probe.ts'

export interface ProbeOptions extends Pick<CheckFlags, 'container' | 'path'> {
  /** Where the requests come from, a caller of the service: POD, pod/POD or deploy/NAME. */
  readonly pod: string
}

/** A probe that cannot be sent is a failed link, so that the links before it are still printed. */
export async function probe(
  cluster: Cluster,
  object: StoredVirtualService,
  options: ProbeOptions,
  signal: AbortSignal
): Promise<Link[]> {
  try {
    return await sendAndLook(cluster, object, options, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiError && error.status === 403) return [link('unknown', 'probe', error.message)]
    const isExpected = [ApiError, ConnectionError, UserError].some((expected) => error instanceof expected)
    if (isExpected) return [link('failed', 'probe', (error as Error).message)] // of one of the three
    throw error
  }
}

async function sendAndLook(
  cluster: Cluster,
  object: StoredVirtualService,
  options: ProbeOptions,
  signal: AbortSignal
): Promise<Link[]> {
  const pod = await findCaller(cluster, options.pod)
  if (!isMeshed(pod)) {
    const detail = `pod ${pod.metadata.name} has no sidecar, so its requests are not mirrored`
    return [link('failed', 'probe', detail, 'use a pod that has one')]
  }
  const versions = await findVersions(cluster, object)
  const live = versions.find(({ role }) => role === 'live')
  const called = isDelegate(object) ? await asCalled(cluster, object) : asServed(object)
  const port = isRoute(object) ? await parentPort(cluster, object) : undefined
  const request = planRequest(called, { port, otherwise: live?.service?.ports[0]?.port, path: options.path })
  const container = options.container ?? firstContainer(pod)
  const marker = `kubectl-mirror-probe/${randomUUID()}`
  const started = performance.now()
  const execute = (command: readonly string[]) => execInPod(cluster, pod, container, command, signal)
  const sent = await sendProbe({ ...request, marker, from: pod.metadata.name }, execute)
  if (sent.outcome === 'failed') return [sent]
  const { name, namespace } = object.metadata
  const compare = cluster.command(`mirror compare ${name} --access-logs -n ${namespace}`)
  const otherwise = `${compare}  # finds copies without the applications' logs`
  const arrived = await tryLink('arrival', async () =>
    describeArrivals(await lookFor(cluster, versions, marker, started), otherwise)
  )
  return [sent, ...arrived]
}

/** A delegate has no hosts of its own to call. */
async function asCalled(cluster: Cluster, object: StoredVirtualService): Promise<StoredVirtualService> {
  const called = delegateOf(object, await listSeen(cluster, object.metadata.namespace))?.called
  if (!called) throw new UserError('--probe: no root that you may read routes requests to a rule that mirrors')
  return called
}

/** An HTTPRoute sends to other Services than the one that is called. */
async function parentPort(cluster: Cluster, object: StoredVirtualService): Promise<number | undefined> {
  const called = calledService(object)
  if (!called) {
    throw new UserError(
      '--probe: no Service is a parent of this HTTPRoute, so no pod calls it; send requests through its Gateway, and compare them'
    )
  }
  return called.port ?? (await new ServiceDirectory(cluster).service(called))?.ports[0]?.port
}

function firstContainer({ spec }: Pod): string {
  const own = spec?.containers?.find(({ name }) => name !== SIDECAR)
  if (!own) throw new UserError('--probe: the pod has no container but its sidecar')
  return own.name
}

const DEPLOYMENT = /^(?:deploy|deployment|deployments|deployment\.apps|deployments\.apps)$/

/** POD, pod/POD or deploy/NAME, as kubectl exec takes them. Of a Deployment, its first ready pod. */
async function findCaller(cluster: Cluster, name: string): Promise<Pod> {
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
