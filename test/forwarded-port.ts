// What the kubelet makes of a port-forward: one connection to the port. Knows no server.
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Of `v4.channel.k8s.io`, which the socket speaks. */
export function connectionOf(socket: WebSocket): Duplex {
  // On either channel the first frame is the port.
  for (const channel of [0, 1]) socket.send(Buffer.of(channel, 0, 0))
  const port = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _, done) => socket.send(Buffer.concat([Buffer.of(0), chunk]), done),
    destroy: (error, done) => {
      socket.close()
      done(error)
    }
  })
  socket.on('message', (frame: Buffer) => port.push(frame.subarray(1)))
  socket.on('close', () => port.push(null))
  socket.on('error', () => port.destroy())
  return port
}
