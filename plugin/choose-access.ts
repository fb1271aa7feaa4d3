// Which cluster, user and namespace the flags and kubeconfig files choose, as kubectl chooses. Knows no network.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import {
  absent,
  loadKubeconfig,
  type ClusterEntry,
  type Environment,
  type Kubeconfig,
  type UserEntry
} from './kubeconfig.ts'
import type { UserOrigin } from './kubeconfig-write.ts'

/** What the flags and files choose: one cluster, one user, one namespace. Fields are named as in kubeconfig files. */
export interface Access {
  readonly contextName: string
  readonly namespace: string
  readonly cluster: ClusterEntry
  readonly user: UserEntry
  /** Where refreshed tokens go. */
  readonly userOrigin?: UserOrigin
}

export async function chooseAccess(flags: GlobalFlags, env: Environment): Promise<Access> {
  const config = await loadKubeconfig(flags, env)
  const contextName = flags.context ?? config.currentContext
  const context = pick('context', config.contexts, flags.context) ?? config.contexts.get(contextName) ?? {}
  const local = config.clusters.size === 0 && flags.server === undefined ? await inCluster(env) : undefined
  const chosen = local ?? chooseEntries(config, flags.cluster ?? context.cluster, flags.user ?? context.user)
  return {
    ...chosen,
    contextName,
    namespace: [flags.namespace, context.namespace, local?.namespace].find(Boolean) ?? 'default',
    cluster: { ...chosen.cluster, ...clusterFlags(flags) },
    user: { ...chosen.user, ...userFlags(flags) }
  }
}

function chooseEntries(
  { clusters, users, origins }: Kubeconfig,
  clusterName: string | undefined,
  userName: string | undefined
): Pick<Access, 'cluster' | 'user' | 'userOrigin'> {
  const userOrigin = userName === undefined ? undefined : origins.get(userName)
  return {
    cluster: pick('cluster', clusters, clusterName) ?? {},
    user: pick('auth info', users, userName) ?? {},
    ...(userOrigin && { userOrigin })
  }
}

function pick<V>(what: string, map: ReadonlyMap<string, V>, name: string | undefined): V | undefined {
  if (name !== undefined && name !== '' && !map.has(name)) {
    throw new UserError(`${what} ${JSON.stringify(name)} does not exist`)
  }
  return name === undefined ? undefined : map.get(name)
}

/** A flag's file wins over inline data of a file, and --insecure-skip-tls-verify over any authority. */
function clusterFlags(flags: GlobalFlags): ClusterEntry {
  return {
    ...(flags.server !== undefined && { server: flags.server }),
    ...(flags.insecureSkipTlsVerify && {
      'insecure-skip-tls-verify': true,
      'certificate-authority': '',
      'certificate-authority-data': ''
    }),
    ...(flags.certificateAuthority !== undefined && {
      'certificate-authority': flags.certificateAuthority,
      'certificate-authority-data': ''
    }),
    ...(flags.tlsServerName !== undefined && { 'tls-server-name': flags.tlsServerName })
  }
}

function userFlags(flags: GlobalFlags): UserEntry {
  return {
    ...(flags.token !== undefined && { token: flags.token, tokenFile: '' }),
    ...(flags.clientCertificate !== undefined && {
      'client-certificate': flags.clientCertificate,
      'client-certificate-data': ''
    }),
    ...(flags.clientKey !== undefined && { 'client-key': flags.clientKey, 'client-key-data': '' }),
    ...(flags.as !== undefined && { as: flags.as }),
    ...(flags.asUid !== undefined && { 'as-uid': flags.asUid }),
    ...(flags.asGroup !== undefined && { 'as-groups': flags.asGroup })
  }
}

const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount'

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
