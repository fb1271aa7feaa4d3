// Reads and merges kubeconfig files as kubectl does. Knows no flag but --kubeconfig.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
// Not `yaml`, which keeps comments and the like, and takes 20 ms longer for the first file.
import { load } from 'js-yaml'
import { UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { UserOrigin } from './kubeconfig-write.ts'

export interface ClusterEntry {
  readonly server?: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
  readonly 'proxy-url'?: string
  readonly extensions?: readonly { readonly name: string; readonly extension?: unknown }[] | null
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

export interface ContextEntry {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
}

export interface Kubeconfig {
  readonly currentContext: string
  readonly contexts: ReadonlyMap<string, ContextEntry>
  readonly clusters: ReadonlyMap<string, ClusterEntry>
  readonly users: ReadonlyMap<string, UserEntry>
  readonly origins: ReadonlyMap<string, UserOrigin>
}

export type Environment = Readonly<Record<string, string | undefined>>

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
    users: mergeMaps(read.map(({ users }) => users)),
    origins: mergeMaps(read.map(({ origins }) => origins))
  }
}

function readKubeconfig(file: string, text: string): Kubeconfig {
  const parsed = parseFile(file, text)
  const directory = dirname(file)
  return {
    currentContext: parsed['current-context'] ?? '',
    contexts: entries(parsed.contexts, ({ context }) => context),
    clusters: entries(parsed.clusters, ({ cluster }) => absolute(cluster, directory, ['certificate-authority'])),
    users: entries(parsed.users, ({ user }) => absoluteUser(user, directory)),
    origins: entries(parsed.users, ({ name }) => ({ file, name }))
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
    // kubectl, too, takes what it knows and ignores the rest.
    return text.trim() === '' ? {} : (load(text) ?? {})
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

function absoluteUser(user: UserEntry, directory: string): UserEntry {
  const { exec, ...rest } = absolute(user, directory, ['client-certificate', 'client-key', 'tokenFile'])
  if (!exec) return rest
  // A bare name is looked for on the PATH.
  const { command = '' } = exec
  return { ...rest, exec: command.includes('/') ? { ...exec, command: resolve(directory, command) } : exec }
}

function mergeMaps<V>(maps: readonly ReadonlyMap<string, V>[]): ReadonlyMap<string, V> {
  return new Map(maps.toReversed().flatMap((map) => [...map]))
}

export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function unreadable(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOENT') throw error
  throw new UserError(`stat ${error.path}: no such file or directory`, { cause: error })
}
