// The one agent of a server, direct or through a proxy: how its connections come about. Knows no request.
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import * as tls from 'node:tls'
import { dial } from './dial.ts'
import type { Io } from '../io/io.ts'
import { chooseProxy } from './proxy.ts'
import { throughHttp, throughSocks } from './tunnel.ts'

/** `proxyUrl`: of the kubeconfig, which no NO_PROXY overrides. A proxy that cannot be used is refused, never left out. */
export function makeAgent(
  server: URL,
  proxyUrl: string | undefined,
  options: https.AgentOptions,
  env: Io['env']
): http.Agent {
  const proxy = chooseProxy(server, proxyUrl, env)
  const isSecure = server.protocol === 'https:'
  const isSocks = proxy?.protocol.startsWith('socks')
  if (proxy && !isSecure && !isSocks) {
    // Without TLS, an HTTP proxy makes no tunnel: it is sent the request itself. Never NO_PROXY: Node's rules are others.
    return new http.Agent({ ...options, proxyEnv: { HTTP_PROXY: proxy.href } })
  }
  const agent = isSecure ? new https.Agent(options) : new http.Agent(options)
  if (!proxy) return connectBy(dial, agent, isSecure)
  return connectBy(isSocks ? throughSocks(proxy) : throughHttp(proxy, options), agent, isSecure)
}

type Connect = (host: string, port: number, signal: AbortSignal) => Promise<Socket>

/** Once the agent is destroyed, the connections on their way are given up. */
function connectBy(connect: Connect, agent: http.Agent, isSecure: boolean): http.Agent {
  const over = new AbortController()
  const secure = isSecure ? makeSecure() : (socket: Socket): Socket => socket
  const destroy = agent.destroy.bind(agent)
  agent.destroy = () => {
    over.abort()
    destroy()
  }
  agent.createConnection = (options, callback) => {
    const { host = 'localhost', port } = options as tls.ConnectionOptions // those of a request, to an agent of either kind
    const open = async (): Promise<Socket> => {
      const socket = await connect(host, Number(port), over.signal)
      socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_AFTER)
      return secure(socket, options as tls.ConnectionOptions) // as above
    }
    const answer = async (): Promise<void> => {
      const opened = await open().catch((error: unknown) => error as Error) // nothing else is thrown
      if (opened instanceof Error) callback?.(opened, undefined as never) // the type wants a socket beside an error
      else callback?.(null, opened)
    }
    void answer()
    return undefined
  }
  return agent
}

const KEEP_ALIVE_AFTER = 30_000

/**
 * All connections of an agent have the same certificates: read once, because hundreds of logs are followed at the same time. Throws
 * for a client certificate that is none, or has another key.
 */
function makeSecure(): (socket: Socket, options: tls.ConnectionOptions) => Socket {
  let secureContext: tls.SecureContext | undefined
  return (socket, options) => {
    try {
      secureContext ??= tls.createSecureContext(options)
      return tls.connect({ ...options, secureContext, socket })
    } catch (error) {
      socket.destroy()
      throw error
    }
  }
}
