// The admin ports of a node's sidecars, as their kubelet forwards them: a tap opens where its filter is, and records what a test says.
import type { IncomingMessage } from 'node:http'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import { connectionOf } from '../../forwarded-port.ts'

export interface Sidecars {
  /** Taps of a pod that are open. */
  taps(pod: string): number
  /** Commands in a pod that have not ended: none ends. */
  executions(pod: string): number
  /** One request that both pods answered, the second one a copy of it. */
  record(live: string, mirror: string): void
}

interface Served extends Sidecars {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

export function openSidecars(): Served {
  const open = new Map<ServerHttp2Stream, string>()
  const admin = createServer()
  /** Whose port the next session is on: it begins while `connection` is emitted. */
  let asked = ''
  admin.on('session', (session) => {
    const pod = asked
    session.on('error', () => {})
    session.on(
      'stream',
      (stream, { ':path': path = '' }) =>
        void answer(
          stream.on('error', () => {}),
          path,
          pod
        )
    )
  })
  const answer = async (stream: ServerHttp2Stream, path: string, pod: string): Promise<void> => {
    const { config_id: id } = path === '/tap' ? (JSON.parse(await text(stream)) as { config_id?: string }) : {}
    const isTapped = path === '/tap' && id !== 'kubectl-mirror'
    stream.respond({ ':status': path === '/tap' && !isTapped ? 400 : 200 })
    if (!isTapped) return void stream.end(path === '/tap' ? 'Unknown config id' : '')
    open.set(stream, pod)
    stream.on('close', () => open.delete(stream))
  }
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v4.channel.k8s.io' })
  const executing: string[] = []
  let requests = 0
  return {
    executions: (pod) => executing.filter((one) => one === pod).length,
    taps: (pod) => [...open.values()].filter((one) => one === pod).length,
    record: (live, mirror) => {
      const id = `00000000-0000-4000-8000-${String(requests++).padStart(12, '0')}`
      for (const [stream, pod] of open) if ([live, mirror].includes(pod)) stream.write(traceOf(id, pod === mirror))
    },
    upgrade: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (forwarded) => {
        const [, verb, pod = ''] = /^\/(\w+)\/[^/]+\/([^/?]+)/.exec(request.url ?? '') ?? []
        if (verb === 'exec') {
          // Who answers is connected.
          forwarded.ping()
          forwarded.once('pong', () => executing.push(pod))
          return
        }
        asked = pod
        admin.emit('connection', connectionOf(forwarded))
      }),
    close: () => {
      for (const stream of open.keys()) stream.close()
      for (const socket of sockets.clients) socket.terminate()
    }
  }
}

function traceOf(id: string, isCopy: boolean): string {
  const header = (key: string, value: string): object => ({ key, value })
  const headers = [
    header(':method', 'GET'),
    header(':path', '/get'),
    header(':authority', 'httpbin'),
    header('x-request-id', id),
    ...(isCopy ? [header('x-forwarded-for', '10.0.0.7')] : [])
  ]
  const response = { headers: [header(':status', '200')], body: { as_bytes: Buffer.from('{}').toString('base64') } }
  return JSON.stringify({ http_buffered_trace: { request: { headers }, response } })
}
