// The proxy on the way to a server: of the kubeconfig, else of the environment, by Go's rules (golang.org/x/net/http/httpproxy).
import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { Io } from './io.ts'

/** `proxyUrl`: of the kubeconfig, which no NO_PROXY overrides. */
export async function makeAgent(
  server: URL,
  proxyUrl: string | undefined,
  options: https.AgentOptions,
  env: Io['env']
): Promise<http.Agent> {
  const proxy = proxyUrl || proxyOf(server, env)
  // SOCKS needs an agent of its own; HTTP proxies are Node's to speak.
  if (proxy?.startsWith('socks')) {
    const { SocksProxyAgent } = await import('socks-proxy-agent')
    // The proxy looks names up, as Go has it for either scheme.
    return new SocksProxyAgent(proxy.replace(/^socks5:/, 'socks5h:'), options)
  }
  // Never NO_PROXY: Node's rules for it are others.
  const all = { ...options, ...(proxy && { proxyEnv: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy } }) }
  return server.protocol === 'http:' ? new http.Agent(all) : new https.Agent(all)
}

/** Undefined for a direct connection. What stays on this machine is never sent to a proxy of the environment. */
export function proxyOf(server: URL, env: Io['env']): string | undefined {
  const name = server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY'
  const proxy = env[name] || env[name.toLowerCase()]
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (!proxy || host === 'localhost' || (isIP(host) && LOOPBACK.check(host, family(host)))) return undefined
  const port = server.port || (server.protocol === 'http:' ? '80' : '443')
  const exceptions = (env.NO_PROXY || env.no_proxy || '').split(',').map((one) => one.trim().toLowerCase())
  if (exceptions.some((one) => one !== '' && excepts(one, host, port))) return undefined
  return /^[a-z\d+]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/**
 *   exception          | what it takes
 *   -------------------|--------------------------------------
 *   *                  | everything
 *   10.0.0.0/8         | addresses in the block
 *   10.0.0.1[:PORT]    | that address
 *   example.com[:PORT] | that name and every name below it
 *   .example.com       | every name below it, as *.example.com
 */
function excepts(exception: string, host: string, port: string): boolean {
  if (exception === '*') return true
  const [network = '', bits] = exception.split('/')
  if (bits !== undefined) return isInBlock(network, Number(bits), host)
  const [, bracketed, plain, onlyPort] = /^(?:\[([^\]]*)\]|([^:]+))(?::(\d+))?$/.exec(exception) ?? []
  const named = bracketed ?? plain ?? exception
  if (onlyPort !== undefined && onlyPort !== port) return false
  if (isIP(named)) return isIP(host) !== 0 && isInBlock(named, isIP(named) === 4 ? 32 : 128, host)
  if (isIP(host)) return false
  const domain = named.replace(/^\*?\.?/, '.')
  return host.endsWith(domain) || (named === domain.slice(1) && host === named)
}

function isInBlock(network: string, bits: number, host: string): boolean {
  if (!isIP(host) || isIP(host) !== isIP(network) || !(bits >= 0 && bits <= (isIP(network) === 4 ? 32 : 128)))
    return false
  const block = new BlockList()
  block.addSubnet(network, bits, family(network))
  return block.check(host, family(host))
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}
