// Who we are to the API server: token, token file, password, credential plugin or OpenID Connect, in client-go's order.
import { readFile } from 'node:fs/promises'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import type { ExecEntry } from './kubeconfig.ts'
import type { Access } from './choose-access.ts'

export interface Credentials {
  readonly headers: { readonly authorization?: string }
  /** From a credential plugin. */
  readonly cert?: string
  readonly key?: string
}

export interface CredentialSource {
  /** Asked before each request; what is costly to get is kept until it expires. */
  get(): Promise<Credentials>
  /** The server did not take these: the next request gets others, if there are any. */
  reject(refused: Credentials): void
}

export function credentialSource(
  { user, userName, cluster, userOrigin }: Access,
  server: URL,
  io: Pick<Io, 'stdin' | 'env'>
): CredentialSource {
  const { tokenFile, token, username, exec, 'auth-provider': provider } = user
  if (tokenFile) return always(async () => bearer((await readFile(tokenFile, 'utf8')).trim()))
  if (token) return always(() => bearer(token))
  if (username) return always(() => basic(username, user.password ?? ''))
  if (exec) {
    const problem = execProblem(exec, userName)
    if (problem !== undefined) throw new UserError(problem)
    return keep(async () => (await import('./exec-credential.ts')).runExecPlugin(exec, cluster, server, io))
  }
  if (provider?.name === 'oidc')
    return keep(async () => (await import('./oidc.ts')).oidcToken(provider.config ?? {}, userOrigin, io.env))
  if (provider) {
    throw new UserError(`The ${provider.name} auth plugin has been removed. Use a credential plugin (exec) instead.`)
  }
  return always(() => ({ headers: {} }))
}

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

function execProblem({ apiVersion = '', interactiveMode }: ExecEntry, userName: string): string | undefined {
  if (!EXEC_VERSIONS.includes(apiVersion)) return `exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`
  if (interactiveMode !== undefined || apiVersion !== EXEC_VERSIONS[0]) return undefined
  return `interactiveMode must be specified for ${userName} to use exec authentication plugin`
}

export interface Expiring {
  readonly credentials: Credentials
  /** Absent: for as long as this process runs. */
  readonly expires?: Date
}

export function bearer(token: string): Credentials {
  return { headers: { authorization: `Bearer ${token}` } }
}

function basic(username: string, password: string): Credentials {
  return { headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` } }
}

function always(get: () => Credentials | Promise<Credentials>): CredentialSource {
  return { get: async () => get(), reject: () => undefined }
}

/** Requests that are made at once share one run of what gets them, also when it is due again; a run that fails is forgotten. */
export function keep(run: () => Promise<Expiring>, now = Date.now): CredentialSource {
  let held: Expiring | undefined
  let running: Promise<Expiring> | undefined
  const renew = async () => {
    try {
      held = await run()
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
    }
  }
}
