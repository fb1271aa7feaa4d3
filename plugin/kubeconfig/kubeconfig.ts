// Reads and merges kubeconfig files as kubectl does. Knows no flag but --kubeconfig.
import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { UserError } from '../io/errors.ts'
import { home } from '../io/home.ts'
import type { GlobalFlags } from './global-flags.ts'
import { parseKubeconfig, type ClusterEntry, type ContextEntry, type UserEntry } from './kubeconfig-file.ts'
import type { UserOrigin } from './kubeconfig-write.ts'
import { describeFileError } from '../io/system-errors.ts'

export interface Kubeconfig {
  readonly currentContext: string
  readonly contexts: ReadonlyMap<string, ContextEntry>
  readonly clusters: ReadonlyMap<string, ClusterEntry>
  readonly users: ReadonlyMap<string, UserEntry>
  readonly origins: ReadonlyMap<string, UserOrigin>
}

/** What the flags and files choose: one cluster, one user, one namespace. Fields are named as in kubeconfig files. */
export interface Access {
  readonly contextName: string
  readonly namespace: string
  readonly clusterName: string
  readonly userName: string
  readonly cluster: ClusterEntry
  readonly user: UserEntry
  /** Where refreshed tokens go. */
  readonly userOrigin?: UserOrigin
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The first file that names a thing wins; files that do not exist are left out, unless asked for by --kubeconfig. */
export async function loadKubeconfig({ kubeconfig }: GlobalFlags, env: Environment): Promise<Kubeconfig> {
  const read = await Promise.all(filesFor(kubeconfig, env).map((file) => readKubeconfig(file)))
  if (kubeconfig && read[0] === undefined) throw new UserError(`stat ${kubeconfig}: no such file or directory`)
  const problems = read.flatMap((one) => (one instanceof Error ? [one.message] : []))
  if (problems.length > 0) throw new UserError(problems)
  const files = read.flatMap((one) => (one === undefined || one instanceof Error ? [] : [one]))
  return {
    currentContext: files.find(({ currentContext }) => currentContext !== '')?.currentContext ?? '',
    contexts: mergeMaps(files.map(({ contexts }) => contexts)),
    clusters: mergeMaps(files.map(({ clusters }) => clusters)),
    users: mergeMaps(files.map(({ users }) => users)),
    origins: mergeMaps(files.map(({ origins }) => origins))
  }
}

function filesFor(kubeconfig: string | undefined, env: Environment): readonly string[] {
  if (kubeconfig) return [kubeconfig]
  if (!env.KUBECONFIG) return [join(home(), '.kube', 'config')]
  return [...new Set(env.KUBECONFIG.split(delimiter).filter(Boolean))]
}

/** Undefined for a file that does not exist, an Error for one that cannot be read. */
async function readKubeconfig(file: string): Promise<Kubeconfig | Error | undefined> {
  try {
    const bytes = await readFile(file)
    const { contexts, clusters, users, 'current-context': currentContext = '' } = parseKubeconfig(bytes)
    const directory = dirname(file)
    return {
      currentContext,
      contexts: byName(contexts, ({ context }) => context),
      clusters: byName(clusters, ({ cluster }) => absolute(cluster, directory, ['certificate-authority'])),
      users: byName(users, ({ user }) => absoluteUser(user, directory)),
      origins: byName(users, ({ name = '' }) => ({ file, name }))
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return new Error(`error loading config file "${file}": ${describeFileError(error, file)}`, { cause: error })
  }
}

function byName<E extends { readonly name?: string }, V>(
  entries: readonly E[] | undefined,
  value: (entry: E) => V | undefined
): ReadonlyMap<string, V> {
  return new Map((entries ?? []).map((entry) => [entry.name ?? '', value(entry) ?? ({} as V)])) // each field is optional
}

/** Paths in a kubeconfig are relative to the file that has them. */
function absolute<T extends object>(entry: T | undefined, directory: string, keys: readonly (keyof T)[]): T {
  const paths = keys.flatMap((key) => {
    const path = entry?.[key]
    return typeof path === 'string' && path !== '' ? [[key, resolve(directory, path)]] : []
  })
  return { ...entry, ...Object.fromEntries(paths) } as T // the same keys
}

function absoluteUser(user: UserEntry | undefined, directory: string): UserEntry {
  const { exec, ...rest } = absolute(user, directory, ['client-certificate', 'client-key', 'tokenFile'])
  if (!exec) return rest
  // A bare name is looked for on the PATH.
  const { command = '' } = exec
  return { ...rest, exec: command.includes('/') ? { ...exec, command: resolve(directory, command) } : exec }
}

function mergeMaps<V>(maps: readonly ReadonlyMap<string, V>[]): ReadonlyMap<string, V> {
  return new Map(maps.toReversed().flatMap((map) => [...map]))
}
