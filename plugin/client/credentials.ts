// Who we are to the API server: token, token file, password, credential plugin or OpenID Connect, in client-go's order.
import { readFile } from 'node:fs/promises'
import type { Access } from '../kubeconfig/kubeconfig.ts'
import { UserError } from '../io/errors.ts'
import { describeFileError } from '../io/system-errors.ts'
import { bearer, type Credentials, type Expiring } from './credential.ts'
import type { Io } from '../io/io.ts'
import type { UserEntry } from '../kubeconfig/kubeconfig-file.ts'

export interface CredentialSource {
  /** Asked before each request; what is costly to get is kept until it expires. */
  get(): Promise<Credentials>
  /** The server did not take these: the next request gets others, if there are any. */
  reject(refused: Credentials): void
  /** Ends what still gets some, such as a credential plugin that hangs. */
  close(): void
}

/** To a server without TLS nothing of a user's is sent, and no plugin is run for it. A login in the URL is the URL's own. */
export function credentialSource(
  { user, cluster, userOrigin }: Access,
  server: URL,
  io: Pick<Io, 'stdin' | 'stderr' | 'env'>
): CredentialSource {
  const { tokenFile, token, username, exec, 'auth-provider': provider } = user
  const login = [server.username, server.password].map(decodeURIComponent)
  if (login.some(Boolean)) return always(() => basic(...(login as [string, string]))) // two, as above
  if (server.protocol === 'http:') return always(() => NOTHING)
  if (tokenFile) return always(async () => bearer(await readToken(tokenFile, token)))
  if (token) return always(() => bearer(token))
  if (username) return always(() => basic(username, user.password ?? ''))
  if (exec && !hasCertificate(user)) {
    if (!EXEC_VERSIONS.has(exec.apiVersion ?? '')) {
      throw new UserError(`exec plugin: invalid apiVersion ${JSON.stringify(exec.apiVersion)}`)
    }
    return keep(async (signal) =>
      (await import('./exec-credential.ts')).runExecPlugin(exec, cluster, server, { ...io, signal })
    )
  }
  if (provider?.name === 'oidc')
    return keep(async (signal) =>
      (await import('./oidc.ts')).oidcToken(provider.config ?? {}, userOrigin, { env: io.env, signal })
    )
  if (provider) {
    throw new UserError(`The ${provider.name} auth plugin has been removed. Use a credential plugin (exec) instead.`)
  }
  return always(() => NOTHING)
}

const NOTHING: Credentials = { headers: {} }

const EXEC_VERSIONS: ReadonlySet<string> = new Set([
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1'
])

function hasCertificate(user: UserEntry): boolean {
  return Boolean(user['client-certificate'] || user['client-certificate-data'])
}

/** `otherwise`: of a file that cannot be read any more. */
async function readToken(file: string, otherwise: string | undefined): Promise<string> {
  try {
    const token = (await readFile(file, 'utf8')).trim()
    if (token === '') throw new Error(`read empty token from file ${JSON.stringify(file)}`)
    return token
  } catch (cause) {
    if (otherwise) return otherwise
    throw new UserError(describeFileError(cause, file), { cause })
  }
}

function basic(username: string, password: string): Credentials {
  return { headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` } }
}

function always(get: () => Credentials | Promise<Credentials>): CredentialSource {
  return { get: async () => get(), reject: () => undefined, close: () => undefined }
}

/** Requests that are made at once share one run of what gets them, also when it is due again; a run that fails is forgotten. */
export function keep(run: (signal: AbortSignal) => Promise<Expiring>, now = Date.now): CredentialSource {
  const over = new AbortController()
  let held: Expiring | undefined
  let running: Promise<Expiring> | undefined
  const renew = async () => {
    try {
      held = await run(over.signal)
      return held
    } finally {
      running = undefined
    }
  }
  return {
    get: async () => {
      if (held && (held.expires === undefined || held.expires.getTime() > now())) return held.credentials
      running ??= renew()
      return (await running).credentials
    },
    reject: (refused) => {
      if (held?.credentials === refused) held = undefined
    },
    close: () => over.abort()
  }
}
