// The webhook's client against a real TLS server: what goes over the wire, and how much of an answer is taken.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { issue } from '../../../../webhook/certificates/certificates.ts'
import { connect, TooLarge, type Cluster } from '../../../../webhook/kubernetes/client.ts'
import { listPages } from '../../../../webhook/kubernetes/pages.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string
  readonly agent: string | undefined
  readonly length: string | undefined
  readonly body: string
}

let server: Server
let folder: string
let cluster: Cluster
let seen: Seen[]
let connections: number
let answer: (url: URL) => unknown

beforeEach(async () => {
  seen = []
  connections = 0
  answer = () => ({})
  const { authority, certificate, key } = await issue(['127.0.0.1', 'localhost'], 60_000, new Date())
  server = createServer({ cert: certificate, key }, (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method, url = '', headers } = request
      seen.push({ method, url, agent: headers['user-agent'], length: headers['content-length'], body })
      response.end(JSON.stringify(answer(new URL(url, 'https://localhost'))))
    })
  })
  server.on('secureConnection', () => connections++)
  await once(server.listen(0, 'localhost'), 'listening')
  folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-cluster-'))
  await writeFile(join(folder, 'ca.crt'), authority)
  await writeFile(join(folder, 'token'), 'token')
  const { port } = server.address() as AddressInfo // it listens on TCP
  cluster = connect({ host: 'localhost', port, serviceAccountFolder: folder })
})
afterEach(async () => {
  cluster.close()
  server.closeAllConnections()
  await once(server.close(), 'close')
  await rm(folder, { recursive: true })
})

test.for(['DELETE', 'POST', 'PUT', 'PATCH'] as const)(
  'the body of a %s arrives whole, with its length',
  async (method) => {
    const body = { preconditions: { uid: 'ü' } }
    await cluster.send(method, '/a', { body })
    await cluster.send('GET', '/b')
    expect(JSON.parse(seen[0]!.body)).toEqual(body)
    expect(seen[0]!.length).toBe(String(Buffer.byteLength(JSON.stringify(body))))
    expect(seen[1]).toMatchObject({ method: 'GET', body: '' })
    expect(connections, 'the next request is sent over the same connection').toBe(1)
  }
)

test('each write names its manager, and none is taken for kubectl', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) await cluster.send(method, '/a?b=c')
  expect(seen.map(({ url }) => url)).toEqual([
    '/a?b=c',
    ...Array.from({ length: 3 }, () => '/a?b=c&fieldManager=mirror-webhook'),
    '/a?b=c'
  ])
  expect(seen.filter(({ agent }) => agent?.startsWith('kubectl'))).toEqual([])
})

test('an answer that is larger than allowed is not read to its end', async () => {
  answer = () => 'x'.repeat(1_000_000)
  await expect(cluster.send('GET', '/a', { most: 1000 })).rejects.toThrow(TooLarge)
  answer = () => ({ small: true })
  expect(await cluster.send('GET', '/a', { most: 1000 })).toEqual({ small: true })
})

/** 60 objects of 100 KiB and one of 5 MiB, in pages as they are asked for. */
function paged(url: URL): unknown {
  const all = Array.from({ length: 61 }, (_, index) => ({
    index,
    text: 'x'.repeat(index === 30 ? 5 << 20 : 100 << 10)
  }))
  const from = Number(url.searchParams.get('continue') ?? 0)
  const to = from + Number(url.searchParams.get('limit'))
  return {
    metadata: { resourceVersion: '7', ...(to < all.length && { continue: String(to) }) },
    items: all.slice(from, to)
  }
}

test('a list comes whole, in pages that fit, also where one object alone is too large for a page', async () => {
  answer = paged
  const found: number[] = []
  for await (const { items, resourceVersion } of listPages<{ index: number }>(cluster, { path: '/a' })) {
    found.push(...items.map(({ index }) => index))
    expect(resourceVersion).toBe('7')
  }
  expect(found).toEqual(Array.from({ length: 61 }, (_, index) => index))
  expect(seen.length).toBeLessThan(70)
})

test('a list without elements, which Go writes as null, is empty', async () => {
  answer = () => ({ metadata: { resourceVersion: '7' }, items: null })
  const pages: unknown[] = []
  for await (const page of listPages(cluster, { path: '/a' })) pages.push(page)
  expect(pages).toEqual([{ items: [], resourceVersion: '7' }])
})
