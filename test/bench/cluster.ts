// The API server of a run, with Istio's resource definitions, and a service account that may do everything in it.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { startApiServer } from '../apiserver/api-server.ts'
import { findBinaries, findIstioCrds } from '../apiserver/binaries.ts'
import { run } from '../sandbox/command.ts'
import type { Session } from '../sandbox/session.ts'

export interface BenchCluster {
  readonly host: string
  readonly port: number
  /** As the kubelet mounts it into a pod. */
  readonly serviceAccountFolder: string
  readonly kubeconfig: string
  readonly kubectl: string
  stop(): Promise<void>
}

/** MutatingAdmissionPolicy, a peer, is beta in this Kubernetes and on from the next but one. */
const FLAGS = [
  '--feature-gates=MutatingAdmissionPolicy=true',
  '--runtime-config=admissionregistration.k8s.io/v1beta1=true'
]

export async function startCluster(session: Session): Promise<BenchCluster> {
  const { progress, signal } = session
  const binaries = await findBinaries(session, undefined)
  const crds = await findIstioCrds(session)
  const server = await progress.step('API server', () => startApiServer({ binaries, signal, extraFlags: FLAGS }))
  const kubectl = (...args: string[]): Promise<string> =>
    run(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args], { signal })
  try {
    await kubectl('apply', '--server-side', '--filename', crds)
    await kubectl('wait', '--for', 'condition=established', '--timeout', '60s', '--filename', crds)
    const serviceAccountFolder = await createServiceAccount(server.dir, kubectl)
    return { ...(await addressIn(server.kubeconfig)), ...server, serviceAccountFolder }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function createServiceAccount(dir: string, kubectl: (...args: string[]) => Promise<string>): Promise<string> {
  await kubectl('create', 'serviceaccount', 'bench')
  await kubectl(
    'create',
    'clusterrolebinding',
    'bench',
    '--clusterrole=cluster-admin',
    '--serviceaccount=default:bench'
  )
  const folder = join(dir, 'serviceaccount')
  await mkdir(folder)
  await writeFile(join(folder, 'token'), await kubectl('create', 'token', 'bench', '--duration=24h'))
  await writeFile(join(folder, 'namespace'), 'default')
  await writeFile(join(folder, 'ca.crt'), await readFile(join(dirname(folder), 'pki', 'ca.crt')))
  return folder
}

async function addressIn(kubeconfig: string): Promise<{ host: string; port: number }> {
  const { clusters } = parse(await readFile(kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[] } // ours
  const { hostname, port } = new URL(clusters[0]!.cluster.server)
  return { host: hostname, port: Number(port) }
}
