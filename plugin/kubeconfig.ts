// Reads and merges kubeconfig files as kubectl does, and applies the global flags. Knows no network.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'

/** What the flags and files choose: one cluster, one user, one namespace. Fields are named as in kubeconfig files. */
export interface Access {
  readonly contextName: string
  readonly namespace: string
  readonly cluster: ClusterEntry
  readonly user: UserEntry
}

export interface ClusterEntry {
  readonly server?: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
  readonly 'proxy-url'?: string
}

export interface UserEntry {
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly as?: string
  readonly 'as-uid'?: string
  readonly 'as-groups'?: readonly string[]
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>
  readonly exec?: ExecEntry
  readonly 'auth-provider'?: { readonly name: string; readonly config?: Readonly<Record<string, string>> }
}

export interface ExecEntry {
  readonly apiVersion?: string
  readonly command?: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly installHint?: string
  readonly provideClusterInfo?: boolean
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always'
}

interface ContextEntry {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
}

export interface Kubeconfig {
  readonly currentContext: string
  readonly contexts: ReadonlyMap<string, ContextEntry>
  readonly clusters: ReadonlyMap<string, ClusterEntry>
  readonly users: ReadonlyMap<string, UserEntry>
}

const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount'

export async function loadAccess(flags: GlobalFlags, env: Environment): Promise<Access> {
  const config = await loadKubeconfig(flags, env)
  const contextName = flags.context ?? config.currentContext
  const context = pick('context', config.contexts, flags.context) ?? config.contexts.get(contextName) ?? {}
  const cluster = pick('cluster', config.clusters, flags.cluster ?? context.cluster)
  const user = pick('auth info', config.users, flags.user ?? context.user)
  const local = config.clusters.size === 0 && flags.server === undefined ? await inCluster(env) : undefined
  return {
    contextName,
    namespace: [flags.namespace, context.namespace, local?.namespace].find(Boolean) ?? 'default',
    cluster: { ...(local?.cluster ?? cluster), ...clusterFlags(flags) },
    user: { ...(local?.user ?? user), ...userFlags(flags) }
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** The first file that names a thing wins; files that do not exist are left out, unless asked for by --kubeconfig. */
export async function loadKubeconfig({ kubeconfig }: GlobalFlags, env: Environment): Promise<Kubeconfig> {
  if (kubeconfig) return readKubeconfig(kubeconfig, await readFile(kubeconfig, 'utf8').catch(unreadable))
  const files = env.KUBECONFIG ? env.KUBECONFIG.split(delimiter).filter(Boolean) : [join(homedir(), '.kube', 'config')]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(absent)))
  const read = files.flatMap((file, index) => (texts[index] === undefined ? [] : [readKubeconfig(file, texts[index])]))
  return {
    currentContext: read.find(({ currentContext }) => currentContext !== '')?.currentContext ?? '',
    contexts: mergeMaps(read.map(({ contexts }) => contexts)),
    clusters: mergeMaps(read.map(({ clusters }) => clusters)),
    users: mergeMaps(read.map(({ users }) => users))
  }
}

function readKubeconfig(file: string, text: string): Kubeconfig {
  const parsed = parseFile(file, text)
  const directory = dirname(file)
  return {
    currentContext: parsed['current-context'] ?? '',
    contexts: entries(parsed.contexts, ({ context }) => context),
    clusters: entries(parsed.clusters, ({ cluster }) => absolute(cluster, directory, ['certificate-authority'])),
    users: entries(parsed.users, ({ user }) =>
      absolute(user, directory, ['client-certificate', 'client-key', 'tokenFile'])
    )
  }
}

interface FileContent {
  readonly 'current-context'?: string
  readonly contexts?: readonly { readonly name: string; readonly context: ContextEntry }[] | null
  readonly clusters?: readonly { readonly name: string; readonly cluster: ClusterEntry }[] | null
  readonly users?: readonly { readonly name: string; readonly user: UserEntry }[] | null
}

function parseFile(file: string, text: string): FileContent {
  try {
    return (parse(text) ?? {}) as FileContent // kubectl, too, takes what it knows and ignores the rest
  } catch (cause) {
    throw new UserError(`error loading config file ${JSON.stringify(file)}: ${(cause as Error).message}`, { cause })
  }
}

function entries<E extends { readonly name: string }, V>(
  list: readonly E[] | null | undefined,
  value: (entry: E) => V
) {
  return new Map((list ?? []).toReversed().map((entry) => [entry.name, value(entry) ?? ({} as V)]))
}

/** Paths in a kubeconfig are relative to the file that has them. */
function absolute<T extends object>(entry: T, directory: string, keys: readonly (keyof T)[]): T {
  const paths = keys.flatMap((key) => {
    const path = entry?.[key]
    return typeof path === 'string' && path !== '' ? [[key, resolve(directory, path)]] : []
  })
  return { ...entry, ...Object.fromEntries(paths) }
}

function mergeMaps<V>(maps: readonly ReadonlyMap<string, V>[]): ReadonlyMap<string, V> {
  return new Map(maps.toReversed().flatMap((map) => [...map]))
}

function pick<V>(what: string, map: ReadonlyMap<string, V>, name: string | undefined): V | undefined {
  if (name !== undefined && name !== '' && !map.has(name)) {
    throw new UserError(`${what} ${JSON.stringify(name)} does not exist`)
  }
  return name === undefined ? undefined : map.get(name)
}

function clusterFlags(flags: GlobalFlags): ClusterEntry {
  return {
    ...(flags.server !== undefined && { server: flags.server }),
    ...(flags.certificateAuthority !== undefined && { 'certificate-authority': flags.certificateAuthority }),
    ...(flags.insecureSkipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(flags.tlsServerName !== undefined && { 'tls-server-name': flags.tlsServerName })
  }
}

function userFlags(flags: GlobalFlags): UserEntry {
  return {
    ...(flags.token !== undefined && { token: flags.token }),
    ...(flags.clientCertificate !== undefined && { 'client-certificate': flags.clientCertificate }),
    ...(flags.clientKey !== undefined && { 'client-key': flags.clientKey }),
    ...(flags.as !== undefined && { as: flags.as }),
    ...(flags.asUid !== undefined && { 'as-uid': flags.asUid }),
    ...(flags.asGroup !== undefined && { 'as-groups': flags.asGroup })
  }
}

/** Inside a pod, without any kubeconfig: its service account. */
async function inCluster(env: Environment): Promise<Pick<Access, 'cluster' | 'user' | 'namespace'> | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) return undefined
  const namespace = await readFile(join(IN_CLUSTER, 'namespace'), 'utf8').catch(absent)
  if (namespace === undefined) return undefined
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    namespace: namespace.trim(),
    cluster: { server, 'certificate-authority': join(IN_CLUSTER, 'ca.crt') },
    user: { tokenFile: join(IN_CLUSTER, 'token') }
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function unreadable(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOENT') throw error
  throw new UserError(`stat ${error.path}: no such file or directory`, { cause: error })
}
