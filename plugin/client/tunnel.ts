// Connections through a proxy: CONNECT of HTTP, or SOCKS 5. The proxy looks names up.
import http from 'node:http'
import { isIP, type Socket } from 'node:net'
import * as tls from 'node:tls'
import { dial } from './dial.ts'

type Connect = (host: string, port: number, signal: AbortSignal) => Promise<Socket>

/** `options`: of TLS, for a proxy that speaks it; as in Go, those of the server itself. */
export function throughHttp(proxy: URL, options: tls.ConnectionOptions): Connect {
  const isSecure = proxy.protocol === 'https:'
  const host = bare(proxy)
  const servername = options.servername ?? (isIP(host) ? '' : host)
  return async (target, port, signal) => {
    const socket = await reach(host, Number(proxy.port || (isSecure ? 443 : 80)), signal)
    const path = `${isIP(target) === 6 ? `[${target}]` : target}:${port}`
    const way = isSecure ? tls.connect({ ...options, socket, host, servername }) : socket
    return new Promise((resolve, reject) => {
      const request = http.request({
        method: 'CONNECT',
        path,
        headers: { host: path, ...authorization(proxy) },
        createConnection: () => way,
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
      })
      request.on('error', (error) => reject(Object.assign(error, { isProxy: true })))
      request.once('connect', ({ statusCode, statusMessage }, tunnel) => {
        if (statusCode === 200) return resolve(tunnel)
        tunnel.destroy()
        reject(new Error(statusMessage || `the proxy answered ${statusCode}`))
      })
      request.end()
    })
  }
}

const PATIENCE = 60_000

function authorization({ username, password }: URL): http.OutgoingHttpHeaders {
  if (!username && !password) return {}
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
}

export function throughSocks(proxy: URL): Connect {
  return async (host, port, signal) => {
    const { SocksClient } = await import('./socks.ts')
    const [own, ownPort] = [bare(proxy), Number(proxy.port || 1080)]
    const login = { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      proxy: { host: own, port: ownPort, type: 5, ...(login.userId && login) },
      destination: { host, port },
      existing_socket: await reach(own, ownPort, signal)
    })
    return socket
  }
}

/** The proxy itself. Its errors are marked, because they are not the server's. */
function reach(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return dial(host, port, signal).catch((error: Error) => {
    throw Object.assign(error, { isProxy: true })
  })
}

function bare({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}
