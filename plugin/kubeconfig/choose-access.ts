// Which cluster, user and namespace the flags and kubeconfig files choose, as kubectl chooses. Knows no network.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkAccess } from './check-access.ts'
import { ConfigurationError } from '../io/errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import { loadKubeconfig, type Access, type Environment, type Kubeconfig } from './kubeconfig.ts'
import type { ClusterEntry, ContextEntry, UserEntry } from './kubeconfig-file.ts'

/** Throws a ConfigurationError with everything that is wrong. `serviceAccount`: where a pod finds its own. */
export async function chooseAccess(
  flags: GlobalFlags,
  env: Environment,
  serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
): Promise<Access> {
  const config = await loadKubeconfig(flags, env)
  const contextName = flags.context ?? config.currentContext
  const context = config.contexts.get(contextName) ?? {}
  const pod = await inCluster(env, serviceAccount)
  const local = config.clusters.size === 0 && flags.server === undefined ? pod : undefined
  const chosen = local ?? chooseEntries(config, context, flags)
  const access = {
    ...chosen,
    contextName,
    namespace: [flags.namespace, context.namespace, pod?.namespace].find(Boolean) ?? 'default',
    cluster: withClusterFlags(chosen.cluster, flags, env),
    // A pod's own account is not mixed with another's token.
    user: { ...(local && flags.token !== undefined ? {} : chosen.user), ...userFlags(flags) }
  }
  const problems = [
    ...(contextName === '' || config.contexts.has(contextName) ? [] : [contextNotFound(contextName)]),
    ...missing(config, flags),
    ...(await checkAccess(access))
  ]
  if (problems.length > 0) throw new ConfigurationError(problems)
  return access
}

/** A context may name what is not there: kubectl then continues without it. A flag may not. */
function missing({ clusters, users }: Kubeconfig, { cluster, user }: GlobalFlags): string[] {
  return [
    ...(user === undefined || users.has(user) ? [] : [`auth info ${JSON.stringify(user)} does not exist`]),
    ...(cluster === undefined || clusters.has(cluster)
      ? []
      : [`no server found for cluster ${JSON.stringify(cluster)}`])
  ]
}

function contextNotFound(name: string): string {
  return `context was not found for specified context: ${name}`
}

function chooseEntries(
  { clusters, users, origins }: Kubeconfig,
  context: ContextEntry,
  flags: GlobalFlags
): Pick<Access, 'cluster' | 'user' | 'userOrigin' | 'userName' | 'clusterName'> {
  const clusterName = flags.cluster ?? context.cluster ?? ''
  const userName = flags.user ?? context.user ?? ''
  const userOrigin = origins.get(userName)
  return {
    clusterName,
    userName,
    cluster: clusters.get(clusterName) ?? {},
    user: users.get(userName) ?? {},
    ...(userOrigin && { userOrigin })
  }
}

/**
 * An authority by flag, or none, overrides all that the file says of trust. A server by flag has its own name, not the
 * file's.
 */
function withClusterFlags(cluster: ClusterEntry, flags: GlobalFlags, env: Environment): ClusterEntry {
  const { server, certificateAuthority, insecureSkipTlsVerify = false, tlsServerName } = flags
  return {
    ...cluster,
    server: server ?? (cluster.server || env.KUBERNETES_MASTER || 'http://localhost:8080'),
    ...((insecureSkipTlsVerify || certificateAuthority !== undefined) && {
      'insecure-skip-tls-verify': insecureSkipTlsVerify,
      'certificate-authority': certificateAuthority ?? '',
      'certificate-authority-data': ''
    }),
    ...((server ?? tlsServerName) !== undefined && { 'tls-server-name': tlsServerName ?? '' })
  }
}

/** Beside what the file says, as with kubectl: a token file wins over a token, and two certificates are a mistake. */
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

type InCluster = Pick<Access, 'cluster' | 'user' | 'namespace' | 'clusterName' | 'userName'>

/** Inside a pod: its service account. The namespace is empty where none is known. */
async function inCluster(env: Environment, folder: string): Promise<InCluster | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, POD_NAMESPACE } = env
  const token = join(folder, 'token')
  if (!host || !port || !existsSync(token)) return undefined
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    namespace: POD_NAMESPACE || (await readFile(join(folder, 'namespace'), 'utf8').catch(() => '')).trim(),
    clusterName: 'in-cluster',
    userName: 'service-account',
    cluster: { server, 'certificate-authority': join(folder, 'ca.crt') },
    user: { tokenFile: token }
  }
}
