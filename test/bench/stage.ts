// What every part stands on: an API server, certificates, the built peers, free ports. Measures nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Cluster } from '../../webhook/kubernetes/client.ts'
import { writeCertificates } from '../sandbox/certificates.ts'
import type { Session } from '../sandbox/session.ts'
import { buildOurs, buildPeers, bundleMeasured } from './builds.ts'
import { startCluster, type BenchCluster } from './cluster.ts'
import { sandboxOf, type Sandbox } from './sandbox.ts'
import { installOurs, installPepr, OUR_ARGUMENTS, ourFlags } from './installed.ts'
import type { Command } from './process.ts'

export interface Stage {
  readonly session: Session
  /** Thrown away at the end: certificates, logs, what the processes are handed. */
  readonly folder: string
  /** Our programs as they ship. */
  readonly dist: string
  readonly cluster: BenchCluster
  readonly api: Cluster
  readonly sandbox: Sandbox
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
  const sandbox = sandboxOf(session)
  try {
    const dist = await buildOurs(session, folder)
    await bundleMeasured(folder)
    const cluster = await startCluster(session)
    try {
      await writeCertificates(folder, { tls: { name: { common: 'localhost' }, dns: ['localhost'], ip: ['127.0.0.1'] } })
      const api = connect(cluster)
      const account = await installOurs(session, cluster, folder)
      await installPepr(api)
      const webhookCommand = commandOfOurs(join(dist, 'webhook.mjs'), account, cluster)
      return await work({ session, folder, dist, cluster, api, sandbox, pepr, goWebhook, freePort, webhookCommand })
    } finally {
      await cluster.stop()
    }
  } finally {
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function commandOfOurs(program: string, account: string, { host, port }: BenchCluster): Stage['webhookCommand'] {
  return async (admissionPort) => {
    const ports = [`--port=${admissionPort}`, `--operations-port=${await freePort()}`]
    return {
      file: process.execPath,
      args: [...(await ourFlags()), program, ...OUR_ARGUMENTS, ...ports, `--service-account=${account}`],
      env: { HOSTNAME: 'bench', KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: String(port) }
    }
  }
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
