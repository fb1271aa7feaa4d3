// The proxy on the way to the API server: of the kubeconfig, else of the environment, by Go's rules.
import type * as http from 'node:http'
import type * as https from 'node:https'
import type { Io } from './io.ts'

/** SOCKS needs an agent of its own; HTTP proxies are Node's to speak. */
export async function makeProxyAgent(
  proxyUrl: string | undefined,
  options: https.AgentOptions
): Promise<http.Agent | undefined> {
  if (!proxyUrl?.startsWith('socks')) return undefined
  const { SocksProxyAgent } = await import('socks-proxy-agent')
  return new SocksProxyAgent(proxyUrl, options)
}

/** What Node's agent takes for its `proxyEnv`; undefined for a direct connection. */
export function proxyEnvironment(
  { hostname }: URL,
  proxyUrl: string | undefined,
  env: Io['env']
): Record<string, string> | undefined {
  if (proxyUrl) return { HTTPS_PROXY: proxyUrl, HTTP_PROXY: proxyUrl }
  // Go never sends what stays on this machine to a proxy of the environment.
  if (hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')) return undefined
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy']
  const set = names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []))
  return set.length > 0 ? Object.fromEntries(set) : undefined
}
