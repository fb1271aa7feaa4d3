// An API server through which a port of one sidecar is reached: its tap answers what a test says. Knows no Kubernetes.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createAdmin, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Cluster } from '../../../../../plugin/client/client.ts'
import type { Pod } from '../../../../../plugin/resources/pods.ts'
import { connectionOf } from '../../../../forwarded-port.ts'

export interface SidecarModel {
  readonly cluster: Cluster
  close(): void
}

export type Answer = (stream: ServerHttp2Stream) => void

/** `answers` to one request each, the last one to all that follow. */
export async function openSidecar(...answers: readonly Answer[]): Promise<SidecarModel> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const admin = createAdmin()
  const sessions = new Set<ServerHttp2Session>()
  admin.on('session', (session) => sessions.add(session))
  let asked = 0
  admin.on('stream', (stream) => answers[Math.min(asked++, answers.length - 1)]!(stream.on('error', () => {})))
  new WebSocketServer({ server, handleProtocols: () => 'v4.channel.k8s.io' }).on('connection', (socket) => {
    admin.emit('connection', connectionOf(socket))
  })
  return {
    cluster: clusterAt(server.address() as AddressInfo),
    close: () => {
      for (const session of sessions) session.destroy()
      server.close()
    }
  }
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
export function ended(body: string): Answer {
  return (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(body)
  }
}

/** And then continues. */
export function streaming(body: string): Answer {
  return (stream) => {
    stream.respond({ ':status': 200 })
    stream.write(body)
  }
}

export function refused(text: string): Answer {
  return (stream) => {
    stream.respond({ ':status': 400 })
    stream.end(text)
  }
}

export function traceOf(path: string): string {
  const header = (key: string, value: string) => ({ key, value })
  const request = { headers: [header(':method', 'GET'), header(':path', path)] }
  return JSON.stringify({ http_buffered_trace: { request, response: { headers: [header(':status', '200')] } } })
}
