// A WebSocket to the API server: exec and port-forward are spoken over one. Knows no protocol of theirs.
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { Cluster } from './client.ts'
import { ApiError, ConnectionError } from '../io/errors.ts'
import { readStatus } from './response-body.ts'

/**
 * A refusal is thrown as ApiError. `path` may have a query. `use` must listen at once: the first frames may have come
 * with the response to the upgrade, and are emitted before any promise is settled. After that, `signal` ends nothing.
 * A connection that breaks or is dead is an error of the socket.
 */
export async function openWebSocket<T>(
  cluster: Cluster,
  path: string,
  protocol: string,
  use: (socket: WebSocket) => T,
  signal?: AbortSignal
): Promise<T> {
  const { protocol: scheme, host, port, path: prefix, ...options } = await cluster.httpsOptions(signal)
  const authority = host?.includes(':') ? `[${host}]` : host
  const url = `${scheme === 'http:' ? 'ws' : 'wss'}://${authority}:${port}${prefix}${path}`
  signal?.throwIfAborted()
  const socket = new WebSocket(url, [protocol], {
    ...options,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_WITHIN
  })
  const giveUp = (): void => socket.terminate()
  signal?.addEventListener('abort', giveUp, { once: true })
  const used = new Promise<T>((resolve, reject) => {
    socket.once('open', () => {
      watchOver(socket)
      resolve(use(socket))
    })
    socket.once('error', (cause) => reject(new ConnectionError(`${host}:${port}`, cause)))
    socket.once('unexpected-response', (_, response: IncomingMessage) => {
      readStatus(response).then((status) => reject(new ApiError(response.statusCode ?? 500, status)), reject)
    })
  })
  return used.finally(() => signal?.removeEventListener('abort', giveUp))
}

/** Nothing else notices a stalled connection. */
const HANDSHAKE_WITHIN = 10_000
/** Proxies on the way cut connections that are silent for a minute. */
const PING_EVERY = 20_000

export const LOST = 'the connection to the pod was lost'

function watchOver(socket: WebSocket): void {
  let hasAnswered = true
  const ping = setInterval(() => {
    if (hasAnswered) {
      hasAnswered = false
      socket.ping()
      return
    }
    socket.emit('error', new Error(LOST))
    socket.terminate()
  }, PING_EVERY)
  socket.on('pong', () => (hasAnswered = true))
  socket.once('close', () => clearInterval(ping))
}
