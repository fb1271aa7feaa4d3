// What every part stands on: an API server, certificates, the built peers, free ports. Measures nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Cluster } from '../../webhook/cluster.ts'
import { writeCertificates } from '../sandbox/certificates.ts'
import type { Session } from '../sandbox/session.ts'
import { buildOurs, buildPeers } from './builds.ts'
import { startCluster, type BenchCluster } from './cluster.ts'
import type { Command } from './process.ts'

export interface Stage {
  readonly session: Session
  /** Thrown away at the end: certificates, logs, what the processes are handed. */
  readonly folder: string
  /** Our programs as they ship. */
  readonly dist: string
  readonly cluster: BenchCluster
  readonly api: Cluster
  /** The folder of the built Pepr module. */
  readonly pepr: string
  /** The path of the Go program. */
  readonly goWebhook: string
  freePort(): Promise<number>
  /** Our webhook as it ships, on that port. */
  webhookCommand(port: number): Promise<Omit<Command, 'log'>>
}

export async function withStage<T>(session: Session, work: (stage: Stage) => Promise<T>): Promise<T> {
  const { pepr, goWebhook } = await buildPeers(session)
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-bench-'))
  try {
    const dist = await buildOurs(session, folder)
    const cluster = await startCluster(session)
    try {
      await writeCertificates(folder, { tls: { name: { common: 'localhost' }, dns: ['localhost'], ip: ['127.0.0.1'] } })
      const api = connect(cluster)
      await installOurs(api)
      await installPepr(api)
      const webhookCommand = commandOfOurs(join(dist, 'webhook.js'), cluster)
      return await work({ session, folder, dist, cluster, api, pepr, goWebhook, freePort, webhookCommand })
    } finally {
      await cluster.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the chart makes before the webhook starts. */
async function installOurs(api: Cluster): Promise<void> {
  const metadata = { name: 'kubectl-mirror-certificate' }
  await api.send('POST', '/api/v1/namespaces/default/secrets', { body: { metadata, type: 'Opaque' } })
  await api.send('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    body: { metadata: { name: 'kubectl-mirror' }, webhooks: [] }
  })
}

/** What `pepr deploy` and its controller's first process make: without its store the module answers nothing. */
async function installPepr(api: Cluster): Promise<void> {
  const names = { kind: 'PeprStore', listKind: 'PeprStoreList', plural: 'peprstores', singular: 'peprstore' }
  const data = { type: 'object', additionalProperties: { type: 'string' } }
  const schema = { openAPIV3Schema: { type: 'object', properties: { data } } }
  await api.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: {
      metadata: { name: 'peprstores.pepr.dev' },
      spec: {
        group: 'pepr.dev',
        scope: 'Namespaced',
        names,
        versions: [{ name: 'v1', served: true, storage: true, schema }]
      }
    }
  })
  await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'pepr-system' } } })
}

function commandOfOurs(program: string, { host, port, serviceAccountFolder }: BenchCluster): Stage['webhookCommand'] {
  return async (admissionPort) => ({
    file: process.execPath,
    args: [
      program,
      'serve',
      `--port=${admissionPort}`,
      `--operations-port=${await freePort()}`,
      `--service-account=${serviceAccountFolder}`
    ],
    env: { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: String(port) }
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo // an address, as it listens on a TCP port
      server.close(() => resolve(port))
    })
  })
}
