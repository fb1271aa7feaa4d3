// What stands for the tests of access: a VirtualService, an account, and servers of every kind on the way. Compares nothing.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { rm } from 'node:fs/promises'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { startProxy, startSocks, writeFiles } from './access-files.ts'
import { apply, tryKubectl } from './run.ts'
import { makeNamespace } from '../objects.ts'
import { kubectl } from '../own-server.ts'

export interface AccessStage {
  /** Kubeconfig files, see writeFiles. */
  readonly folder: string
  readonly proxy: Way
  readonly socks: Way
  close(): Promise<void>
}

export interface Way {
  readonly port: number
  /** What was asked of it: `host:port`. */
  readonly asked: readonly string[]
}

export async function openAccess(namespace: string): Promise<AccessStage> {
  await makeNamespace(namespace)
  await apply(namespace, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'httpbin' },
    spec: {
      hosts: ['httpbin'],
      http: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }], mirror: { host: 'httpbin', subset: 'v2' } }]
    }
  })
  await kubectl(['--namespace', namespace, 'create', 'serviceaccount', 'admin'])
  await kubectl([
    'create',
    'clusterrolebinding',
    namespace,
    '--clusterrole=cluster-admin',
    `--serviceaccount=${namespace}:admin`
  ])
  const tunnelled: string[] = []
  const socksified: string[] = []
  const proxy = await startProxy(tunnelled)
  const socks = await startSocks(socksified)
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  const plain = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1')
  await Promise.all([once(silent, 'listening'), once(plain, 'listening')])
  const folder = await writeFiles(namespace, {
    proxy: portOf(proxy),
    socks: portOf(socks),
    silent: portOf(silent),
    plain: portOf(plain)
  })
  return {
    folder,
    proxy: { port: portOf(proxy), asked: tunnelled },
    socks: { port: portOf(socks), asked: socksified },
    close: async () => {
      await tryKubectl(['delete', 'clusterrolebinding', namespace])
      silent.closeAllConnections()
      for (const server of [proxy, socks, silent, plain]) server.close()
      await rm(folder, { recursive: true })
    }
  }
}

function portOf(server: Server | TcpServer): number {
  return (server.address() as AddressInfo).port // each listens on TCP
}
