// Limits the connections of a listener, and the responses that wait in memory for clients that don't read them. Anyone in the
// cluster can connect: without these limits, 3,000 idle connections or 100 large unread responses fill a pod's memory. Reads no
// request.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'

/** An API server keeps 25 idle ones, and there are rarely more than five API servers. One with TLS takes about 50 KiB. */
export const CONNECTIONS = 256
/** Bytes of all connections together: a few of the largest responses. The API server reads each at once. */
const UNREAD = 16 * 1024 * 1024

/** Above a limit, closes the connection that has been idle, or has not read, for longest. */
export function limitConnections(server: Server | HttpsServer, connections: number, unread = UNREAD): void {
  /** Idle for longest first. */
  const sockets = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    sockets.set(name, socket)
    socket.once('close', () => {
      if (sockets.get(name) === socket) sockets.delete(name)
    })
    if (sockets.size > connections) endFirst(sockets)
  })
  const waiting = new Map<ServerResponse, number>()
  let held = 0
  const sent = (response: ServerResponse): void => {
    held -= waiting.get(response) ?? 0
    waiting.delete(response)
  }
  // Runs before the listener that responds.
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const name = nameOf(socket)
    const connection = sockets.get(name)
    if (connection) {
      sockets.delete(name)
      sockets.set(name, connection)
    }
    response.once('prefinish', () => {
      const size = response.socket?.writableLength ?? 0
      if (size === 0) return
      held += size
      waiting.set(response, size)
      response.once('close', () => sent(response))
      for (const oldest of waiting.keys()) {
        if (held <= unread) break
        sent(oldest)
        oldest.destroy()
      }
    })
  })
}

/** With TLS, a request's socket is not the connection's, but both have the same peer. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function endFirst(sockets: Map<string, Socket>): void {
  for (const [name, socket] of sockets) {
    sockets.delete(name)
    socket.destroy()
    return
  }
}
