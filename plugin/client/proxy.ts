// The proxy on the way to a server: of the kubeconfig, else of the environment, by Go's rules (golang.org/x/net/http/httpproxy).
import { BlockList, isIP } from 'node:net'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { parseProxy, PROXY_SCHEMES } from '../kubeconfig/server-url.ts'

/** `proxyUrl`: of the kubeconfig, which no NO_PROXY overrides. Undefined for a direct connection. */
export function chooseProxy(server: URL, proxyUrl: string | undefined, env: Io['env']): URL | undefined {
  return proxyUrl ? readProxy(proxyUrl, PROXY_SCHEMES) : proxyOf(server, env)
}

/** What stays on this machine is never sent to a proxy of the environment. */
export function proxyOf(server: URL, env: Io['env']): URL | undefined {
  const name = server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY'
  const proxy = env[name] || env[name.toLowerCase()]
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (!proxy || host === 'localhost' || (isIP(host) && LOOPBACK.check(host, family(host)))) return undefined
  const port = server.port || (server.protocol === 'http:' ? '80' : '443')
  const exceptions = (env.NO_PROXY || env.no_proxy || '').split(',').map((one) => one.trim().toLowerCase())
  if (exceptions.some((one) => one !== '' && excepts(one, host, port))) return undefined
  return readProxy(/^[^/?#]+\/?$/.test(proxy) ? `http://${proxy}` : proxy, [...PROXY_SCHEMES, 'socks5h'])
}

function readProxy(text: string, schemes: readonly string[]): URL {
  const parsed = parseProxy(text, schemes)
  if (parsed.ok) return parsed.url
  const hidden = text.replace(/^.*@/s, '***@') // there may be a password in it
  throw new UserError(`invalid proxy address "${hidden}": ${parsed.why.replace(text, hidden)}`)
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
  const [, network, bits] = /^(.*)\/(\d+)$/.exec(exception) ?? []
  if (network !== undefined) return isInBlock(network, Number(bits), host)
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
