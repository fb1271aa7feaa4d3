// A command in a container that does not end by itself.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { execInPod } from '../../../../plugin/resources/exec.ts'

async function execute(signal: AbortSignal) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'v4.channel.k8s.io' })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const httpsOptions = async () => ({ protocol: 'http:', host: '127.0.0.1', port, path: '' })
  // Nothing else is asked of it.
  const cluster = { httpsOptions } as unknown as Cluster
  const pod = { metadata: { namespace: 'shop', name: 'caller', uid: 'u', resourceVersion: '1' } }
  const connected = once(server, 'connection')
  const executed = execInPod(cluster, pod, 'caller', ['sleep', 'infinity'], signal)
  const [socket] = (await connected) as [WebSocket] // the event's first argument
  return { server, executed, socket }
}

test('that is cut off did not end: its connection was lost', async () => {
  const { server, executed, socket } = await execute(new AbortController().signal)
  socket.close()
  await expect(executed).rejects.toThrow('the connection to the pod was lost')
  server.close()
})

test('is left alone when the user has had enough', async () => {
  const stop = new AbortController()
  const { server, executed, socket } = await execute(stop.signal)
  // A server that answers is connected.
  socket.ping()
  await once(socket, 'pong')
  stop.abort()
  await expect(executed).rejects.toThrow('aborted')
  await once(socket, 'close')
  server.close()
})
