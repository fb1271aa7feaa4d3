// Brings a cluster's parts up in the order in which they need each other, inside the namespaces; knows no Istio.
import { join } from 'node:path'
import { type Subject, writeCertificates } from './certificates.ts'
import { run } from './command.ts'
import {
  ADMIN,
  API_PORT,
  apiServerSubject,
  clusterApiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  schedulerFlags
} from './control-plane.ts'
import { startDaemon } from './daemons.ts'
import { kubectl } from './kubectl.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { inside } from './namespace.ts'
import { containerdSocket, kubeletFlags, kubeProxyFlags, NODE_NAME, writeNodeFiles } from './node.ts'
import type { Place } from './place.ts'
import { type SandboxRecord, writeRecord } from './record.ts'
import type { Session } from './session.ts'
import type { GoProgramName } from './programs.ts'
import { waitFor } from './wait.ts'

/** One run's cluster: what it is made of, and what is written down of it. */
export interface Cluster {
  session: Session
  record: SandboxRecord
  programs: Readonly<Partial<Record<GoProgramName, string>>>
  /** The folder of kubectl and helm. */
  tools: string
}

const CLIENTS: Readonly<Record<string, Subject['name']>> = {
  kubelet: { organisation: 'system:nodes', common: `system:node:${NODE_NAME}` },
  'kube-controller-manager': { common: 'system:kube-controller-manager' },
  'kube-scheduler': { common: 'system:kube-scheduler' },
  'kube-proxy': { common: 'system:kube-proxy' }
}

export async function writeClusterFiles(place: Place): Promise<void> {
  const pki = pkiOf(place)
  const clients = Object.entries(CLIENTS).map(([user, name]) => [user, { name }] as const)
  await writeCertificates(pki, {
    ...Object.fromEntries(clients),
    admin: ADMIN,
    'front-proxy': { name: { common: 'front-proxy' } },
    apiserver: apiServerSubject([place.nodeAddress]),
    // The API server looks at the node's name when it fetches a pod's log.
    kubelet: { name: CLIENTS['kubelet'] ?? ADMIN.name, dns: [NODE_NAME], ip: [place.nodeAddress] }
  })
  const server = `https://${place.nodeAddress}:${API_PORT}`
  for (const user of Object.keys(CLIENTS)) {
    await writeKubeconfig(kubeconfigOf(place, user), { pki, user, server, context: 'sandbox' })
  }
  await writeKubeconfig(place.kubeconfig, { pki, user: 'admin', server, context: 'sandbox' })
  await writeNodeFiles(place)
}

export async function startApiServer(cluster: Cluster): Promise<void> {
  const { place, signal } = cluster.session
  startInside(cluster, 'etcd', etcdFlags({ data: join(place.state, 'etcd'), port: 2379, peerPort: 2380 }))
  const process = startInside(cluster, 'kube-apiserver', clusterApiServerFlags(pkiOf(place), place.nodeAddress))
  const ready = async () => (await kubectl(cluster, ['get', '--raw', '/readyz'])) === 'ok'
  await waitFor('the API server', ready, { timeout: 90_000, signal, log: logOf(place, 'kube-apiserver'), process })
}

/** With a socket that answers; images are imported by the caller. */
export async function startContainerd(cluster: Cluster): Promise<void> {
  const { place, signal } = cluster.session
  const process = startInside(cluster, 'containerd', ['--config', join(place.state, 'containerd.toml')])
  const ready = async () =>
    (await run('ctr', ['--address', containerdSocket(place), '--connect-timeout', '1s', 'version'], { signal })) !== ''
  await waitFor('containerd', ready, { timeout: 30_000, signal, log: logOf(place, 'containerd'), process })
}

export async function startNode(cluster: Cluster): Promise<void> {
  const { place, signal } = cluster.session
  const process = startInside(cluster, 'kubelet', kubeletFlags(place, kubeconfigOf(place, 'kubelet')))
  startInside(cluster, 'kube-proxy', kubeProxyFlags(kubeconfigOf(place, 'kube-proxy')))
  const condition = '{.status.conditions[?(@.type=="Ready")].status}'
  const ready = async () =>
    (await kubectl(cluster, ['get', 'node', NODE_NAME, '-o', `jsonpath=${condition}`])) === 'True'
  await waitFor('the node', ready, { timeout: 90_000, signal, log: logOf(place, 'kubelet'), process })
}

export function startControllers(cluster: Cluster): void {
  const { place } = cluster.session
  const kubeconfig = (user: string) => kubeconfigOf(place, user)
  startInside(
    cluster,
    'kube-controller-manager',
    controllerManagerFlags(place.state, pkiOf(place), kubeconfig('kube-controller-manager'))
  )
  startInside(cluster, 'kube-scheduler', schedulerFlags(kubeconfig('kube-scheduler')))
}

function startInside({ session, record, programs }: Cluster, name: string, flags: readonly string[]) {
  const { place } = session
  const program = (programs as Readonly<Record<string, string | undefined>>)[name] ?? name // else from PATH: containerd
  const tmp = join(place.state, 'tmp') // runc's, which gets it from containerd: the host's /tmp is read-only here
  const identity = startDaemon(
    inside(record, ['env', `TMPDIR=${tmp}`, program, ...flags]),
    logOf(place, name),
    place.state
  )
  record.daemons[name] = identity
  writeRecord(place, record)
  return identity
}

function kubeconfigOf({ state }: Place, user: string): string {
  return join(state, `${user}.kubeconfig`)
}

function pkiOf({ state }: Place): string {
  return join(state, 'pki')
}

function logOf({ logs }: Place, name: string): string {
  return join(logs, `${name}.log`)
}
