// Opens the access that a kubeconfig chooses: TLS material, credentials, proxy, through client-node's KubeConfig.
import * as http from 'node:http'
import * as https from 'node:https'
import type { Io } from './io.ts'
import type { Access, ClusterEntry, UserEntry } from './kubeconfig.ts'

export interface OpenAccess {
  readonly server: URL
  /** TLS options, headers with credentials, and the one agent. Asked for before each request: tokens expire. */
  secure(): Promise<SecureOptions>
  close(): void
}

export interface SecureOptions extends Omit<https.RequestOptions, 'headers'> {
  readonly headers: http.OutgoingHttpHeaders
}

export async function openAccess(
  { cluster, user }: Access,
  _io: Pick<Io, 'stderr' | 'stdin' | 'env'>
): Promise<OpenAccess> {
  const server = parseServer(cluster.server)
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [toCluster(cluster, server)],
    users: [toUser(user)],
    contexts: [{ name: NAME, cluster: NAME, user: NAME }],
    currentContext: NAME
  })
  let agent: http.Agent | undefined
  return {
    server,
    secure: async () => {
      const options: SecureOptions = { headers: impersonation(user) }
      await config.applyToHTTPSOptions(options)
      agent ??= cluster['proxy-url'] ? (options.agent as http.Agent) : makeAgent(server, options)
      return { ...options, agent }
    },
    close: () => agent?.destroy()
  }
}

const NAME = 'kubectl-mirror'

/** As kubectl: no server is localhost:8080, no scheme is http. */
function parseServer(server = 'http://localhost:8080'): URL {
  return new URL(/^https?:\/\//.test(server) ? server : `http://${server}`)
}

/** client-node's agent keeps no connection alive. */
function makeAgent(
  { protocol }: URL,
  { ca, cert, key, rejectUnauthorized, servername }: https.RequestOptions
): http.Agent {
  const alive = { keepAlive: true, keepAliveMsecs: 30_000 }
  if (protocol === 'http:') return new http.Agent(alive)
  return new https.Agent({
    ...alive,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized })
  })
}

function toCluster(entry: ClusterEntry, server: URL): object {
  return {
    name: NAME,
    server: server.href.replace(/\/$/, ''),
    caFile: entry['certificate-authority'],
    caData: entry['certificate-authority-data'],
    // client-node refuses http without it, and with http it means nothing.
    skipTLSVerify: entry['insecure-skip-tls-verify'] === true || server.protocol === 'http:',
    tlsServerName: entry['tls-server-name'],
    proxyUrl: entry['proxy-url']
  }
}

function toUser(entry: UserEntry): object {
  return {
    name: NAME,
    certFile: entry['client-certificate'],
    certData: entry['client-certificate-data'],
    keyFile: entry['client-key'],
    keyData: entry['client-key-data'],
    token: entry.token,
    username: entry.username,
    password: entry.password,
    impersonateUser: entry.as,
    exec: entry.exec,
    authProvider: entry.tokenFile
      ? { name: 'tokenFile', config: { tokenFile: entry.tokenFile } }
      : entry['auth-provider']
  }
}

function impersonation({ 'as-groups': groups, 'as-uid': uid }: UserEntry): Record<string, string | string[]> {
  return {
    ...(groups && groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...(uid && { 'Impersonate-Uid': uid })
  }
}
