// Servers and proxies that write down what reaches them: who asked, with which credentials, and by which way.
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { makeChain, type Chain } from './wire-chain.ts'

/** The one object there is. */
export const PATH = '/apis/networking.istio.io/v1/namespaces/shop/virtualservices/httpbin'

export interface Wire {
  readonly chain: Chain
  /** With TLS, the chain's; `localhost`, too. */
  readonly tls: number
  readonly plain: number
  readonly proxy: number
  readonly tlsProxy: number
  /** What has come since it was last asked: `tls GET /path authorization=Bearer x`, `proxy CONNECT host:1`. */
  take(): string[]
  /** For every answer from now on; one character a byte. */
  warn(...headers: readonly string[]): void
  close(): void
}

export async function startWire(): Promise<Wire> {
  const chain = await makeChain()
  const identity = { cert: `${chain.leaf}\n${chain.intermediate}`, key: chain.key }
  let seen: string[] = []
  let warnings: readonly string[] = []
  const answer = (name: string) => (request: http.IncomingMessage, response: http.ServerResponse) => {
    seen.push([name, request.method, request.url, ...telling(request)].join(' '))
    if (warnings.length > 0) response.setHeader('warning', warnings)
    // As bytes: beside a string Node would encode the headers, too.
    response.setHeader('content-type', 'application/json').end(Buffer.from(JSON.stringify(OBJECT)))
  }
  const tunnel = (name: string) => (request: http.IncomingMessage, socket: Duplex) => {
    seen.push([name, 'CONNECT', request.url, ...telling(request)].join(' '))
    const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1])
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  }
  const tls = https.createServer(identity, answer('tls'))
  const plain = http.createServer(answer('plain'))
  const proxy = http.createServer(answer('proxy')).on('connect', tunnel('proxy'))
  const tlsProxy = https.createServer(identity, answer('tls-proxy')).on('connect', tunnel('tls-proxy'))
  const servers = [tls, plain, proxy, tlsProxy]
  const listening = servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening'))
  await Promise.all(listening)
  return {
    chain,
    tls: portOf(tls),
    plain: portOf(plain),
    proxy: portOf(proxy),
    tlsProxy: portOf(tlsProxy),
    take: () => {
      const taken = seen
      seen = []
      return taken
    },
    warn: (...headers) => {
      warnings = headers
    },
    close: () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
    }
  }
}

const OBJECT = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'httpbin', namespace: 'shop' },
  spec: { hosts: ['httpbin'], http: [] }
}

/** What a request tells of its sender, as text in UTF-8. */
function telling({ headersDistinct }: http.IncomingMessage): string[] {
  return Object.entries(headersDistinct)
    .filter(([name]) => /^(proxy-)?authorization$|^impersonate-/.test(name))
    .map(([name, values = []]) => `${name}=${Buffer.from(values.join('|'), 'latin1').toString()}`)
    .toSorted()
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port // each listens on TCP
}
