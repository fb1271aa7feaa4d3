// Connections to a name with addresses of two families: to slow ones, to dead ones.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { dial } from '../../../../plugin/client/dial.ts'

const never = new AbortController().signal
/** Both are of this machine, so that no IPv6 is needed: what counts is that they are said to be of two families. */
const [SIX, FOUR] = ['127.0.0.6', '127.0.0.4']
const both = () =>
  Promise.resolve([
    { address: SIX, family: 6 },
    { address: FOUR, family: 4 }
  ])

test('an address that takes longer than 250 ms is waited for, though there are two', async () => {
  const port = await listenBusily(SIX, 700)
  const socket = await dial('name', port, never, both)
  onTestFinished(() => void socket.destroy())
  expect(socket.remoteAddress).toBe(SIX)
})

test('one that never answers does not keep the other family waiting', async () => {
  const port = await listenBusily(SIX, 20_000)
  await listen(FOUR, port)
  const socket = await dial('name', port, never, both)
  onTestFinished(() => void socket.destroy())
  expect(socket.remoteAddress).toBe(FOUR)
})

test('one that refuses is passed over', async () => {
  const port = await listen(FOUR, 0)
  const socket = await dial('name', port, never, both)
  onTestFinished(() => void socket.destroy())
  expect(socket.remoteAddress).toBe(FOUR)
})

test('where all refuse, the error is that of the first', async () => {
  const error = dial('name', 1, never, both)
  await expect(error).rejects.toMatchObject({ code: 'ECONNREFUSED', address: SIX })
})

test('a caller that gives up is not kept waiting', async () => {
  const port = await listenBusily(SIX, 20_000)
  const given = new AbortController()
  const dialling = dial('name', port, given.signal, () => Promise.resolve([{ address: SIX, family: 4 }]))
  given.abort()
  await expect(dialling).rejects.toMatchObject({ code: 'ETIMEDOUT' })
})

async function listen(host: string, port: number): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(port, host)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on TCP
}

/** A server that accepts no connection for so many milliseconds, and whose queue is full: the kernel drops what comes until then. */
async function listenBusily(host: string, milliseconds: number): Promise<number> {
  const program = `
    const server = require('node:net').createServer((socket) => socket.on('error', () => {}))
    server.listen({ host: '${host}', port: 0, backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${milliseconds})
    })`
  const child: ChildProcess = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout!, 'data')) as [Buffer] // one write, of a number
  const fillers: Socket[] = Array.from({ length: 4 }, () => connect(Number(port), host).on('error', () => undefined))
  onTestFinished(() => {
    for (const filler of fillers) filler.destroy()
    child.kill('SIGKILL')
  })
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')))
  return Number(port)
}
