// The server over real sockets and TLS: limits, deadlines, keep-alive, and how it ends.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request, type RequestOptions } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { issue } from '../../../../webhook/certificates/certificates.ts'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'
import { review } from '../../../../webhook/admission/review.ts'
import { createServer, listen, type AdmissionServer } from '../../../../webhook/admission/server.ts'

const REVIEW = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'u1', operation: 'CREATE', namespace: 'default', object: { metadata: { name: 'x' } } }
})

interface Started {
  readonly server: AdmissionServer
  readonly port: number
  readonly authority: string
  readonly lines: object[]
  metric(name: string): Promise<string | undefined>
}

let started: Started | undefined
afterEach(async () => {
  await started?.server.drain(0)
  started = undefined
})

async function start(options: { concurrency?: number; unready?: () => string | undefined } = {}): Promise<Started> {
  const metrics = createMetrics()
  const lines: object[] = []
  const keep = (fields: object) => void lines.push(fields)
  const server = createServer({
    review: (one) => review(one, { now: new Date(0), policies: {} }),
    metrics: metrics.admission,
    registry: metrics.registry,
    log: { info: keep, error: keep },
    concurrency: options.concurrency ?? 10,
    unready: options.unready ?? (() => undefined)
  })
  const { authority, ...pair } = await issue(['localhost'], 60_000, new Date())
  server.use(pair)
  const metric = async (name: string) =>
    (await metrics.registry.metrics())
      .split('\n')
      .find((line) => line.startsWith(`kubectl_mirror_${name} `))
      ?.split(' ')[1]
  started = { server, port: await listen(server.https, 0), authority, lines, metric }
  return started
}

async function post({ port, authority }: Started, body: string | Buffer, options: RequestOptions = {}) {
  const settings = { host: 'localhost', port, ca: authority, method: 'POST', path: '/mutate?timeout=5s', ...options }
  const [response] = (await once(request(settings).end(body), 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

/** A connection on which a request has begun, but not ended. */
async function begin(
  { port, authority }: Started,
  path = '/mutate?timeout=5s'
): Promise<{ socket: TLSSocket; finish(): Promise<string> }> {
  const socket = connect({ host: 'localhost', port, ca: authority })
  await once(socket, 'secureConnect')
  socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${REVIEW.length}\r\n\r\n`)
  await sleep(50)
  const finish = async () => {
    socket.write(REVIEW)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return chunk.toString()
  }
  return { socket, finish }
}

test('answers a review, and logs one line without the object', async () => {
  const { status, body } = await post(await start(), REVIEW)
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({ response: { uid: 'u1', allowed: true } })
  expect(started?.lines).toEqual([expect.objectContaining({ uid: 'u1', name: 'x', outcome: 'untouched' })])
  expect(JSON.stringify(started?.lines)).not.toContain('metadata')
})

test('keeps connections for longer than the API server does, 90 s, also those in reserve', async () => {
  const { https } = (await start()).server
  expect(https.keepAliveTimeout).toBeGreaterThanOrEqual(95_000)
  // Both count from the connection on, not from its first request.
  expect(https.headersTimeout).toBeGreaterThanOrEqual(95_000)
  expect(https.requestTimeout).toBeGreaterThanOrEqual(95_000)
})

test.for([
  ['what is no review', '{}', 400],
  ['more than 3.5 MiB', Buffer.alloc(3.5 * 1024 * 1024 + 1, 32), 413]
] as const)('refuses %s, and counts it', async ([, body, status]) => {
  const webhook = await start()
  expect((await post(webhook, body)).status).toBe(status)
  expect(await webhook.metric('admission_refused_total')).toBe('1')
  expect(webhook.lines).toMatchObject([{ status }])
})

test.for([
  ['another path', { path: '/' }],
  ['another method', { method: 'PUT' }],
  ['a path that is none', { path: '/%E0%A4%A' }]
] as const)('knows nothing but POST /mutate: %s', async ([, options]) => {
  expect(await post(await start(), REVIEW, options)).toMatchObject({
    status: 404,
    body: 'there is only POST /mutate\n'
  })
})

test('takes two objects as large as etcd stores them', async () => {
  const large = REVIEW.replace('"name":"x"', `"name":"x","managedFields":"${'m'.repeat(3 * 1024 * 1024)}"`)
  expect((await post(await start(), large)).status).toBe(200)
})

test('past its concurrency it asks to come again, and then serves on', async () => {
  const webhook = await start({ concurrency: 1 })
  const first = await begin(webhook)
  const second = await post(webhook, REVIEW)
  expect(second).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  expect(await webhook.metric('admission_shed_total')).toBe('1')
  expect(await first.finish()).toContain('200 OK')
  first.socket.destroy()
  expect((await post(webhook, REVIEW)).status).toBe(200)
})

test('does no work for a client that is gone', async () => {
  const webhook = await start()
  const late = await begin(webhook, '/mutate?timeout=0s')
  expect(await late.finish()).toContain('503 Service Unavailable')
  late.socket.destroy()
  expect(webhook.lines).toEqual([])
})

test('a client that goes away in the middle leaves nothing under way', async () => {
  const webhook = await start()
  const { socket } = await begin(webhook)
  expect(await webhook.metric('admission_in_flight')).toBe('1')
  socket.destroy()
  await expect.poll(() => webhook.metric('admission_in_flight')).toBe('0')
})

test('a request that is not complete within 10 s is ended', async () => {
  const webhook = await start({ concurrency: 1 })
  const { socket } = await begin(webhook)
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  expect(chunk.toString()).toContain('408 Request Timeout')
  expect((await post(webhook, REVIEW)).status).toBe(200)
})

test('a body that pauses gives its place to the next request', async () => {
  const webhook = await start({ concurrency: 1 })
  const { socket } = await begin(webhook)
  const cut = once(socket, 'data')
  await sleep(600)
  expect((await post(webhook, REVIEW)).status).toBe(200)
  expect(String((await cut)[0])).toContain('408 Request Timeout')
})

test('draining: unready at once, every answer closes its connection, the last one still comes', async () => {
  const webhook = await start()
  const operations = `http://localhost:${await listen(webhook.server.operations, 0)}`
  expect((await fetch(`${operations}/readyz`)).status).toBe(200)
  const agent = new Agent({ keepAlive: true })
  expect((await post(webhook, REVIEW, { agent })).headers.connection).toBe('keep-alive')
  const slow = await begin(webhook)
  const drained = webhook.server.drain(300)
  started = undefined
  expect((await fetch(`${operations}/readyz`)).status).toBe(503)
  expect((await fetch(`${operations}/livez`)).status).toBe(200)
  expect((await post(webhook, REVIEW, { agent })).headers.connection).toBe('close')
  await sleep(400)
  expect(await slow.finish()).toContain('200 OK')
  await drained
  await expect(post(webhook, REVIEW)).rejects.toThrow('ECONNREFUSED')
  agent.destroy()
})

test('draining does not wait for connections that ask nothing', async () => {
  const webhook = await start()
  const quiet = connect({ port: webhook.port, ca: webhook.authority, servername: 'localhost' })
  await once(quiet, 'secureConnect')
  const withoutHandshake = connectTcp(webhook.port)
  await once(withoutHandshake, 'connect')
  await webhook.server.drain(0)
  started = undefined
  await expect(post(webhook, REVIEW)).rejects.toThrow('ECONNREFUSED')
  quiet.destroy()
  withoutHandshake.destroy()
})

test('serves with a new certificate from the next handshake on, and keeps the connections it has', async () => {
  const webhook = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await post(webhook, REVIEW, { agent })
  const { authority, ...pair } = await issue(['localhost'], 60_000, new Date())
  webhook.server.use(pair)
  expect((await post(webhook, REVIEW, { agent })).status, 'on the old connection').toBe(200)
  await expect(post(webhook, REVIEW)).rejects.toThrow('certificate')
  expect((await post({ ...webhook, authority }, REVIEW)).status).toBe(200)
  agent.destroy()
})

test('says why it is not ready', async () => {
  const { server } = await start({ unready: () => 'no serving certificate yet' })
  const response = await fetch(`http://localhost:${await listen(server.operations, 0)}/readyz`)
  expect([response.status, await response.text()]).toEqual([503, 'no serving certificate yet\n'])
})

test('a large response ends its connection, or each connection would keep a buffer as large', async () => {
  const webhook = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const http = Array.from({ length: 500 }, (_, index) => ({
    name: `${index}${'x'.repeat(300)}`,
    route: [{ destination: { host: 'web', subset: 'v1' } }]
  }))
  const annotations = { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/methods': 'GET' }
  const large = JSON.parse(REVIEW)
  large.request.object = { metadata: { name: 'x', annotations }, spec: { http } }
  const { status, headers, body } = await post(webhook, JSON.stringify(large), { agent })
  expect([status, headers.connection, body.length > 128 * 1024]).toEqual([200, 'close', true])
  expect((await post(webhook, REVIEW, { agent })).headers.connection).toBe('keep-alive')
  agent.destroy()
})

test('quiet connections of strangers end when there are too many', async () => {
  const { port, server } = await start()
  const quiet = Array.from({ length: 300 }, () => connectTcp(port).resume())
  const ended = quiet.map((socket) => once(socket, 'close'))
  await Promise.all(ended.slice(0, 40))
  expect(server.https.listening).toBe(true)
  for (const socket of quiet) socket.destroy()
})

test('speaks no TLS below 1.2', async () => {
  const { port, authority } = await start()
  const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const socket = connect({ host: 'localhost', port, ca: authority, ...old })
  const [error] = (await once(socket, 'error')) as [Error]
  expect(error.message).toMatch(/protocol version/)
})
