// Opens the access that a kubeconfig chooses: TLS material, proxy, credentials. Sends nothing to the API server itself.
import { readFile } from 'node:fs/promises'
import type * as http from 'node:http'
import type * as https from 'node:https'
import { credentialSource } from './credentials.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import type { Access } from './choose-access.ts'
import { makeAgent } from './proxy.ts'
import { trustSystem } from './system-trust.ts'

export interface OpenAccess {
  readonly server: URL
  /** TLS options, headers with credentials, and the one agent. Asked for before each request: tokens expire. */
  secure(): Promise<Secured>
  close(): void
}

export interface SecureOptions extends Omit<https.RequestOptions, 'headers'> {
  readonly headers: http.OutgoingHttpHeaders
}

export interface Secured {
  readonly options: SecureOptions
  /** To be called on a 401: the next request then gets other credentials, if there are any. */
  reject(): void
}

type Tls = Pick<https.AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

/** Not client-node's KubeConfig: docs/decisions/0004-no-client-library-in-the-plugin.md says why. */
export async function openAccess(access: Access, io: Pick<Io, 'stdin' | 'env'>): Promise<OpenAccess> {
  const { cluster } = access
  const server = parseServer(cluster.server)
  const tls = { ...(await trust(access, server)), ...(await identity(access)) }
  const impersonating = impersonation(access)
  const credentials = credentialSource(access, server, io)
  let agent: http.Agent | undefined
  let certificate: string | undefined
  return {
    server,
    secure: async () => {
      const got = await credentials.get()
      const { headers, ...own } = got
      // A credential plugin may hand out another client certificate than before.
      if (agent === undefined || own.cert !== certificate) {
        agent?.destroy()
        agent = await makeAgent(server, cluster['proxy-url'], { ...KEEP_ALIVE, ...tls, ...own }, io.env)
        certificate = own.cert
      }
      return {
        options: { ...tls, ...own, headers: { ...impersonating, ...headers }, agent },
        reject: () => credentials.reject(got)
      }
    },
    close: () => agent?.destroy()
  }
}

/** As kubectl: no server is localhost:8080, no scheme is http. */
function parseServer(server = ''): URL {
  const text = server || 'localhost:8080'
  try {
    return new URL(/^https?:\/\//.test(text) ? text : `http://${text}`)
  } catch (cause) {
    throw new UserError(`host must be a URL or a host:port pair: ${JSON.stringify(server)}`, { cause })
  }
}

async function trust({ cluster, clusterName }: Access, server: URL): Promise<Tls> {
  const insecure = cluster['insecure-skip-tls-verify'] === true
  const ca = await material(cluster, 'certificate-authority', `certificate-authority %s for ${clusterName}`)
  if (ca && insecure) {
    throw new UserError('specifying a root certificates file with the insecure flag is not allowed')
  }
  if (!ca && !insecure && server.protocol === 'https:') trustSystem()
  const servername = cluster['tls-server-name']
  return { ...(ca && { ca }), ...(servername && { servername }), ...(insecure && { rejectUnauthorized: false }) }
}

async function identity({ user, userName }: Access): Promise<Tls> {
  const [cert, key] = await Promise.all([
    material(user, 'client-certificate', `client-cert %s for ${userName}`),
    material(user, 'client-key', `client-key %s for ${userName}`)
  ])
  if (cert && !key) {
    const missing = 'client-key-data or client-key must be specified'
    throw new UserError(`${missing} for ${userName} to use the clientCert authentication method.`)
  }
  return { ...(cert && { cert }), ...(key && { key }) }
}

/** The inline form wins over the file, as in kubectl. `what`: how kubectl speaks of the file `%s`. */
async function material<K extends string>(
  entry: { readonly [key in K | `${K}-data`]?: string },
  name: K,
  what: string
): Promise<Buffer | undefined> {
  const data = entry[`${name}-data`]
  const file = entry[name]
  if (data) return Buffer.from(data, 'base64')
  if (!file) return undefined
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'no such file or directory' : cause.message
    throw new UserError(`unable to read ${what.replace('%s', file)} due to open ${file}: ${why}`, { cause })
  })
}

const KEEP_ALIVE = { keepAlive: true, keepAliveMsecs: 30_000 }

function impersonation({ user, userName }: Access): http.OutgoingHttpHeaders {
  const groups = user['as-groups'] ?? []
  const extra = Object.entries(user['as-user-extra'] ?? {})
  if (!user.as && (groups.length > 0 || user['as-uid'] || extra.length > 0)) {
    throw new UserError(`requesting uid, groups or user-extra for ${userName} without impersonating a user`)
  }
  return {
    ...(user.as && { 'impersonate-user': user.as }),
    ...(user['as-uid'] && { 'impersonate-uid': user['as-uid'] }),
    ...(groups.length > 0 && { 'impersonate-group': [...groups] }),
    ...Object.fromEntries(extra.map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, [...values]]))
  }
}
