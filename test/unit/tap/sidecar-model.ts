// An API server through which a port of one sidecar is reached: its tap answers what a test says. Knows no Kubernetes.
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Cluster } from '../../../plugin/cluster.ts'
import type { Pod } from '../../../plugin/pods.ts'

export interface SidecarModel {
  readonly cluster: Cluster
  close(): void
}

/** `answers`: the raw HTTP answer, head and all, to each request; the last one to all that follow. */
export async function openSidecar(...answers: readonly string[]): Promise<SidecarModel> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  let asked = 0
  new WebSocketServer({ server, handleProtocols: () => 'v4.channel.k8s.io' }).on('connection', (socket) => {
    // On either channel the first frame is the port.
    for (const channel of [0, 1]) socket.send(Buffer.of(channel, 0, 0))
    socket.once('message', () => {
      const answer = answers[Math.min(asked++, answers.length - 1)]!
      socket.send(Buffer.concat([Buffer.of(0), Buffer.from(answer)]))
      if (answer.includes('connection: close')) socket.close()
    })
  })
  return { cluster: clusterAt(server.address() as AddressInfo), close: () => void server.close() }
}

/** One pod, ready, that never changes. Nothing here uses more of a cluster. */
export function clusterAt({ port }: Pick<AddressInfo, 'port'>): Cluster {
  const options = { protocol: 'http:', host: '127.0.0.1', port, path: '' }
  return {
    httpsOptions: () => Promise.resolve(options),
    list: async function* () {
      yield { items: [POD], resourceVersion: '1' }
    },
    // Stalled: deaf to the signal, too.
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) })
  } as unknown as Cluster
}

export const POD: Pod = {
  metadata: { name: 'shop-v1-a', namespace: 'shopping', uid: 'u1', resourceVersion: '1' },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'istio-proxy', state: { running: {} } }]
  }
}

/** A tap that records this, and then ends. */
export function ended(body: string): string {
  return `HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${body}`
}

/** And then goes on. */
export function streaming(body: string): string {
  return `HTTP/1.1 200 OK\r\n\r\n${body}`
}

export function refused(text: string): string {
  return `HTTP/1.1 400 Bad Request\r\ncontent-length: ${text.length}\r\n\r\n${text}`
}

export function traceOf(path: string): string {
  const header = (key: string, value: string) => ({ key, value })
  const request = { headers: [header(':method', 'GET'), header(':path', path)] }
  return JSON.stringify({ http_buffered_trace: { request, response: { headers: [header(':status', '200')] } } })
}
