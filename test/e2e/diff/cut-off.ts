// A way to the API server that can be cut: a TCP relay on loopback, and a kubeconfig that goes through it.
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { parse, stringify } from 'yaml'

export interface CutOff {
  readonly kubeconfig: string
  /** Breaks every connection and takes no new one. */
  cut(): void
  restore(): void
  /** Nothing passes on what is open, and none of it ends; new connections pass. */
  silence(): void
  close(): Promise<void>
}

interface Kubeconfig {
  readonly clusters: { cluster: { server: string; 'tls-server-name'?: string } }[]
}

export async function openCutOff(kubeconfig: string): Promise<CutOff> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const { cluster } = config.clusters[0]!
  const { hostname, port } = new URL(cluster.server)
  const open = new Set<Socket>()
  let isCut = false
  const relay = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const server = connect({ host: hostname, port: Number(port || 443) })
    for (const [one, other] of [
      [client, server],
      [server, client]
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  cluster.server = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`
  cluster['tls-server-name'] = hostname
  const path = `${kubeconfig}-relayed`
  writeFileSync(path, stringify(config), { mode: 0o600 })
  const breakAll = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    kubeconfig: path,
    cut: () => {
      isCut = true
      breakAll()
    },
    restore: () => {
      isCut = false
    },
    silence: () => {
      // Read, so that the end is passed on when we give a connection up: a tap serves one reader at a time.
      for (const socket of open) socket.unpipe().resume()
    },
    close: async () => {
      breakAll()
      await new Promise((resolve) => relay.close(resolve))
    }
  }
}
