// Answers that break off, come late, or ask to be asked again, from a server made for it.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { connect, type Cluster } from '../../../../plugin/client/client.ts'
import { describeError } from '../../../../plugin/io/errors.ts'
import type { GlobalFlags } from '../../../../plugin/kubeconfig/global-flags.ts'
import { issue } from '../../../../webhook/certificates/certificates.ts'

const NONE = join(tmpdir(), 'no-such-kubeconfig')

let server: Server | https.Server
let cluster: Cluster
let said: string
afterEach(() => {
  cluster.close()
  server.closeAllConnections()
  server.close()
})

async function serve(listener: RequestListener, flags: GlobalFlags = {}): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await open(flags, NONE)
}

async function open(flags: GlobalFlags, kubeconfig: string): Promise<void> {
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  said = ''
  const stderr = new Writable({ write: (chunk: Buffer, _, done) => ((said += chunk.toString()), done()) })
  const env = { KUBECONFIG: kubeconfig, PATH: process.env.PATH }
  const io = { env, stderr, stdin: process.stdin, signal: new AbortController().signal, now: () => new Date(0) }
  const scheme = server instanceof https.Server ? 'https' : 'http'
  cluster = await connect({ server: `${scheme}://localhost:${port}`, ...flags }, io)
}

const described = (request: Promise<unknown>) => request.then(() => 'no error', describeError)
const BROKEN = 'error: unexpected error when reading response body. Please retry. Original error: '

test('a connection that breaks in the middle of a body is told in kubectl’s words', async () => {
  await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"half":', () => response.destroy())
  })
  expect(await described(cluster.request('GET', '/'))).toBe(`${BROKEN}unexpected EOF`)
})

test('the same of a compressed body', async () => {
  await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.write(gzipSync('{"half": true}').subarray(0, 15), () => response.destroy())
  })
  expect(await described(cluster.request('GET', '/'))).toBe(`${BROKEN}unexpected EOF`)
})

test('the same of a watch', async () => {
  await serve((_, response) => {
    response.write('{"type":"ADDED","object":{}}\n{"ty', () => response.destroy())
  })
  const events: unknown[] = []
  const watching = (async () => {
    for await (const event of cluster.watch('/')) events.push(event)
  })()
  expect(await described(watching)).toBe(`${BROKEN}unexpected EOF`)
  expect(events).toHaveLength(1)
})

test('--request-timeout ends a body that does not come', async () => {
  await serve((_, response) => void response.writeHead(200).write('{'), { requestTimeout: '1s' })
  const why = 'net/http: request canceled (Client.Timeout or context cancellation while reading body)'
  expect(await described(cluster.request('GET', '/'))).toBe(BROKEN + why)
})

test('a server that says when to come again is asked again', async () => {
  let asked = 0
  await serve((request, response) => {
    request.resume()
    if (++asked === 1) response.writeHead(429, { 'retry-after': '0' }).end('{}')
    else if (asked === 2) response.writeHead(503, { 'retry-after': '0' }).end('{}')
    else response.end('{"done":true}')
  })
  expect(await cluster.request('POST', '/', { body: {} })).toEqual({ done: true })
  expect(asked).toBe(3)
})

test('but not for ever, and not where it says nothing', async () => {
  let asked = 0
  await serve((request, response) => {
    asked++
    response.writeHead(500, request.url === '/again' ? { 'retry-after': '0' } : {}).end('{"message":"no"}')
  })
  expect(await described(cluster.request('GET', '/again'))).toBe('Error from server: no')
  expect(asked).toBe(11)
  await described(cluster.request('GET', '/'))
  expect(asked).toBe(12)
})

test('a credential plugin runs again after a 401, and only then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-transport-'))
  const credential =
    '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"\'$n\'"}}'
  const script = `cd '${folder}'; echo x >> runs; n=$(grep -c x runs); echo '${credential}'`
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command: 'sh',
    args: ['-c', script]
  }
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, JSON.stringify({ users: [{ name: 'me', user: { exec } }] }))
  const { certificate: cert, key, authority } = await issue(['localhost'], 60_000, new Date())
  await writeFile(join(folder, 'ca.crt'), authority)
  const seen: (string | undefined)[] = []
  const listener: RequestListener = ({ headers: { authorization } }, response) => {
    seen.push(authorization)
    response.writeHead(authorization === 'Bearer 1' ? 401 : 200).end('{}')
  }
  server = https.createServer({ cert, key }, listener).listen(0, '127.0.0.1')
  await open({ user: 'me', certificateAuthority: join(folder, 'ca.crt') }, kubeconfig)
  await described(cluster.request('GET', '/'))
  await cluster.request('GET', '/')
  await cluster.request('GET', '/')
  await rm(folder, { recursive: true })
  expect(seen).toEqual(['Bearer 1', 'Bearer 2', 'Bearer 2'])
})

test('a connection that is found dead ends the logs that are followed beside it: those that came, and those still asked for', async () => {
  await serve((request, response) => {
    if (request.url === '/log?follow=true') response.flushHeaders()
  })
  const log = await cluster.stream('/log', { query: { follow: true } })
  const came = once(log, 'error')
  const asked = described(cluster.stream('/silent', { query: { follow: true } }))
  const dead = 'the connection is dead: nothing came for 0.2 s'
  expect(await described(cluster.request('GET', '/', { patience: 200 }))).toBe(
    `Unable to connect to the server: ${dead}`
  )
  expect(await came).toEqual([expect.objectContaining({ message: dead })])
  expect(await asked).toBe(`Unable to connect to the server: ${dead}`)
})

test('-v=6 shows a request that got no answer, in local time', async () => {
  await serve((request) => void request.socket.destroy(), { v: '6' })
  await described(cluster.request('GET', '/'))
  expect(said).toMatch(
    /^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ \S+\] "Response" verb="GET" url="\S+" status="" milliseconds=\d+\n$/
  )
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(new Date(0))
  expect(said).toContain(` ${time}:00.000000 `)
})

test.each([
  ['<html><body>log in</body></html>', '"<html><body>log in</body></html>"'],
  ['', 'empty'],
  ['null', '"null"'],
  ['[]', '"[]"'],
  ['{"half":', '"{\\"half\\":"']
])("a response that is no object is not the API server's: %s", async (text, shown) => {
  await serve((_, response) => response.end(text))
  const found = await described(cluster.request('GET', '/'))
  expect(found).toBe(
    `error: the response is not a Kubernetes object but ${shown}; check the server's address in the kubeconfig, and proxies on the way`
  )
})

test('what a proxy says is harmless on a terminal', async () => {
  await serve((_, response) => response.writeHead(502).end('<html>\u001b[31mred\u001b[2J'))
  expect(await described(cluster.request('GET', '/'))).toBe('Error from server: <html>red')
})
