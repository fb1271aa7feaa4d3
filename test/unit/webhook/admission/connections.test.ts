// What strangers' connections may cost: over real sockets.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { limitConnections } from '../../../../webhook/admission/connections.ts'

const sockets: Socket[] = []
let server: Server
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

async function serve(body: string, connections: number, unread?: number): Promise<void> {
  server = createServer((_request, response) => response.end(body))
  limitConnections(server, connections, unread)
  await once(server.listen(0), 'listening')
}

async function open(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port)
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

const askOn = (socket: Socket): boolean => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')

function count(): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, all) => resolve(all)))
}

test('past the limit the quietest connection ends, not the one that asked last', async () => {
  await serve('ok', 3)
  const [first, second] = [await open(), await open()]
  await open()
  askOn(first)
  await once(first, 'data')
  const ended = once(second.resume(), 'close')
  await open()
  await ended
  expect([first.destroyed, second.destroyed, await count()]).toEqual([false, true, 3])
  askOn(first)
  await once(first, 'data')
})

test('responses that are not read end, the oldest first, when too much of them waits', async () => {
  // More than the system takes off our hands.
  await serve('x'.repeat(50_000_000), 10, 80_000_000)
  const clients = [await open(), await open(), await open()]
  for (const client of clients) {
    client.pause()
    askOn(client)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await expect.poll(count).toBe(1)
})
