// A command in a container that does not end by itself.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { execInPod } from '../../../../plugin/resources/exec.ts'

test('is left alone when the user has had enough', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'v4.channel.k8s.io' })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const httpsOptions = async () => ({ protocol: 'http:', host: '127.0.0.1', port, path: '' })
  // Nothing else is asked of it.
  const cluster = { httpsOptions } as unknown as Cluster
  const stop = new AbortController()
  const pod = { metadata: { namespace: 'shop', name: 'caller', uid: 'u', resourceVersion: '1' } }
  const connected = once(server, 'connection')
  const executed = execInPod(cluster, pod, 'caller', ['sleep', 'infinity'], stop.signal)
  const [socket] = await connected
  // A server that answers is connected.
  socket.ping()
  await once(socket, 'pong')
  stop.abort()
  await expect(executed).rejects.toThrow('aborted')
  await once(socket, 'close')
  server.close()
})
