// A node whose kubelet is this process: its pods' logs, and their sidecars' admin ports, say what a test has written. The API server in
// between is real. Knows no command.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { ask } from '../ask.ts'
import { openSidecars, type Sidecars } from './sidecars.ts'
import { makeChain } from './wire-chain.ts'

export interface Node extends Sidecars {
  readonly name: string
  /** A line of a container's log, now. */
  write(pod: string, container: string, line: string): void
  /** Followed logs of a pod that are open. */
  followers(pod: string): number
  close(): Promise<void>
}

export async function openNode(name: string): Promise<Node> {
  const { leaf: cert, key } = await makeChain()
  const logs = new Logs()
  const sidecars = openSidecars()
  const kubelet = https.createServer({ cert, key }, (request, response) => logs.serve(request, response))
  kubelet.on('upgrade', sidecars.upgrade)
  kubelet.listen(0, '127.0.0.1')
  await once(kubelet, 'listening')
  await ask('/api/v1/nodes', 'POST', { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  const { port: Port } = kubelet.address() as AddressInfo // it listens on TCP
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } }
  await ask(`/api/v1/nodes/${name}/status?fieldManager=test`, 'PATCH', {
    ...node,
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port } }
    }
  })
  return {
    ...sidecars,
    name,
    write: (pod, container, line) => logs.write(`${pod}/${container}`, line),
    followers: (pod) => logs.followers(pod),
    close: async () => {
      await ask(`/api/v1/nodes/${name}`, 'DELETE')
      sidecars.close()
      kubelet.closeAllConnections()
      kubelet.close()
    }
  }
}

class Logs {
  readonly #lines = new Map<string, string[]>()
  readonly #open = new Map<ServerResponse, string>()

  write(log: string, line: string): void {
    const stamped = `${new Date().toISOString().slice(0, -1)}000000Z ${line}\n`
    this.#of(log).push(stamped)
    for (const [response, followed] of this.#open) if (followed === log) response.write(stamped)
  }

  followers(pod: string): number {
    return [...this.#open.values()].filter((log) => log.startsWith(`${pod}/`)).length
  }

  /** `/containerLogs/NAMESPACE/POD/CONTAINER`, as the kubelet has it: seconds alone count, and those of `sinceTime` belong to it. */
  serve({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(url, 'https://node')
    const log = pathname.split('/').slice(-2).join('/')
    const since = query.get('sinceTime')?.slice(0, 19) ?? ''
    const tail = query.get('tailLines')
    const lines = this.#of(log).filter((line) => line >= since)
    for (const line of tail === null ? lines : lines.slice(lines.length - Number(tail))) response.write(line)
    if (query.get('follow') !== 'true') return void response.end()
    this.#open.set(response, log)
    response.on('close', () => this.#open.delete(response))
    response.flushHeaders()
  }

  #of(log: string): string[] {
    const known = this.#lines.get(log) ?? []
    this.#lines.set(log, known)
    return known
  }
}
