// Which cluster, user and namespace the flags and kubeconfig files choose, as kubectl chooses. Knows no network.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError, UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import {
  absent,
  loadKubeconfig,
  type ClusterEntry,
  type ContextEntry,
  type Environment,
  type Kubeconfig,
  type UserEntry
} from './kubeconfig.ts'
import type { UserOrigin } from './kubeconfig-write.ts'

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

/** `serviceAccount`: where a pod finds its own. */
export async function chooseAccess(
  flags: GlobalFlags,
  env: Environment,
  serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
): Promise<Access> {
  const config = await loadKubeconfig(flags, env)
  const contextName = flags.context ?? config.currentContext
  const noContext = () => new ConfigurationError(`context was not found for specified context: ${contextName}`)
  const context = pick(config.contexts, flags.context, config.currentContext, noContext) ?? {}
  const local =
    config.clusters.size === 0 && flags.server === undefined ? await inCluster(env, serviceAccount) : undefined
  const chosen = local ?? chooseEntries(config, context, flags)
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
  context: ContextEntry,
  flags: GlobalFlags
): Pick<Access, 'cluster' | 'user' | 'userOrigin' | 'userName' | 'clusterName'> {
  const clusterName = flags.cluster ?? context.cluster ?? ''
  const userName = flags.user ?? context.user ?? ''
  const noCluster = () => new UserError(`no server found for cluster ${JSON.stringify(clusterName)}`)
  const noUser = () => new UserError(`auth info ${JSON.stringify(userName)} does not exist`)
  const userOrigin = origins.get(userName)
  return {
    clusterName,
    userName,
    cluster: pick(clusters, flags.cluster, context.cluster, noCluster) ?? {},
    user: pick(users, flags.user, context.user, noUser) ?? {},
    ...(userOrigin && { userOrigin })
  }
}

/** A context may name what is not there: kubectl then goes on without it. A flag may not. */
function pick<V>(
  map: ReadonlyMap<string, V>,
  flag: string | undefined,
  name = '',
  refusal: () => Error
): V | undefined {
  if (flag !== undefined && flag !== '' && !map.has(flag)) throw refusal()
  return map.get(flag ?? name)
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

type InCluster = Pick<Access, 'cluster' | 'user' | 'namespace' | 'clusterName' | 'userName'>

/** Inside a pod, without any kubeconfig: its service account. */
async function inCluster(env: Environment, folder: string): Promise<InCluster | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) return undefined
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(absent)
  if (namespace === undefined) return undefined
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    namespace: namespace.trim(),
    clusterName: 'in-cluster',
    userName: 'service-account',
    cluster: { server, 'certificate-authority': join(folder, 'ca.crt') },
    user: { tokenFile: join(folder, 'token') }
  }
}
