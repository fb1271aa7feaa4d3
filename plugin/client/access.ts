// Opens the access that a kubeconfig chooses: TLS material, proxy, credentials. Sends nothing to the API server itself.
import type * as http from 'node:http'
import type * as https from 'node:https'
import type { Access } from '../kubeconfig/kubeconfig.ts'
import { credentialSource } from './credentials.ts'
import { UserError } from '../io/errors.ts'
import { asUtf8 } from './header-text.ts'
import type { Io } from '../io/io.ts'
import type { ClusterEntry, UserEntry } from '../kubeconfig/kubeconfig-file.ts'
import { makeAgent } from './agent.ts'
import { parseServer } from '../kubeconfig/server-url.ts'
import { material, trustOnly } from './trust.ts'

export interface OpenAccess {
  readonly server: URL
  /** TLS options, headers with credentials, and the one agent. Asked for before each request: tokens expire. */
  secure(): Promise<Secured>
  close(): void
}

export interface Secured {
  readonly options: Omit<https.RequestOptions, 'headers'> & { readonly headers: http.OutgoingHttpHeaders }
  /** To be called on a 401: the next request then gets other credentials, if there are any. */
  reject(): void
}

type Tls = Pick<
  https.AgentOptions,
  'ca' | 'allowPartialTrustChain' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'
>

/** Not client-node's KubeConfig: docs/decisions/0004-no-client-library-in-the-plugin.md says why. */
export async function openAccess(access: Access, io: Pick<Io, 'stdin' | 'stderr' | 'env'>): Promise<OpenAccess> {
  const { cluster } = access
  const address = parseServer(cluster.server ?? '')
  const tls = address.protocol === 'https:' ? { ...(await trust(cluster)), ...(await identity(access.user)) } : {}
  const impersonating = impersonation(access.user)
  const credentials = credentialSource(access, address, io)
  const server = new URL(address)
  server.username = server.password = ''
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
        agent = makeAgent(server, cluster['proxy-url'], { ...KEEP_ALIVE, ...tls, ...own }, io.env)
        certificate = own.cert
      }
      return {
        options: { ...tls, ...own, headers: { ...impersonating, ...headers }, agent },
        reject: () => credentials.reject(got)
      }
    },
    close: () => {
      credentials.close()
      agent?.destroy()
    }
  }
}

async function trust(cluster: ClusterEntry): Promise<Tls> {
  const insecure = cluster['insecure-skip-tls-verify'] === true
  const ca = await material(cluster, 'certificate-authority')
  if (ca && insecure) {
    throw new UserError('specifying a root certificates file with the insecure flag is not allowed')
  }
  const servername = cluster['tls-server-name']
  return {
    ...(insecure ? { rejectUnauthorized: false } : trustOnly(ca)),
    ...(servername && { servername })
  }
}

async function identity(user: UserEntry): Promise<Tls> {
  const cert = await material(user, 'client-certificate')
  const key = cert && (await material(user, 'client-key'))
  return cert && key ? { cert, key } : {}
}

const KEEP_ALIVE = { keepAlive: true, keepAliveMsecs: 30_000 }

function impersonation(user: UserEntry): http.OutgoingHttpHeaders {
  const { as, 'as-uid': uid, 'as-groups': groups = [], 'as-user-extra': extra = {} } = user
  const more = Object.entries(extra).map(([key, values]) => [`impersonate-extra-${escapeKey(key)}`, values.map(asUtf8)])
  return {
    ...(as && { 'impersonate-user': asUtf8(as) }),
    ...(uid && { 'impersonate-uid': asUtf8(uid) }),
    ...(groups.length > 0 && { 'impersonate-group': groups.map(asUtf8) }),
    ...Object.fromEntries(more)
  }
}

/** What may not stand in a header's name, percent-encoded; the server decodes it. */
function escapeKey(key: string): string {
  const escape = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  return asUtf8(key).replace(/[^\w!#$&'*+.^`|~-]/g, escape)
}
