// What is wrong with a chosen cluster and user before any request, all of it, in kubectl's words (clientcmd's ConfirmUsable).
import { open } from 'node:fs/promises'
import type { Access } from './kubeconfig.ts'
import { describeFileError } from '../io/system-errors.ts'
import type { ExecEntry } from './kubeconfig-file.ts'
import { PROXY_SCHEMES, parseProxy } from './server-url.ts'

type Chosen = Pick<Access, 'cluster' | 'user' | 'clusterName' | 'userName'>

export async function checkAccess(access: Chosen): Promise<readonly string[]> {
  return [...(await checkUser(access)), ...(await checkCluster(access))]
}

async function checkUser({ user, userName }: Chosen): Promise<readonly string[]> {
  const methods = [...(user.token ? ['token'] : []), ...(user.username || user.password ? ['basicAuth'] : [])]
  const withoutUser = user['as-uid'] || user['as-groups']?.length || Object.keys(user['as-user-extra'] ?? {}).length
  return [
    ...(await checkCertificate({ user, userName })),
    ...(user.exec ? checkExec(user.exec, userName, user['auth-provider'] !== undefined) : []),
    ...(methods.length > 1
      ? [`more than one authentication method found for ${userName}; found [${methods.join(' ')}], only one is allowed`]
      : []),
    ...(withoutUser && !user.as
      ? [`requesting uid, groups or user-extra for ${userName} without impersonating a user`]
      : [])
  ]
}

async function checkCertificate({ user, userName }: Pick<Chosen, 'user' | 'userName'>): Promise<readonly string[]> {
  const { 'client-certificate': file, 'client-certificate-data': data, 'client-key': keyFile } = user
  const keyData = user['client-key-data']
  if (!file && !data) return []
  const both = (what: string, end: string) =>
    `${what}-data and ${what} are both specified for ${userName}${end} ${what}-data will override`
  return [
    ...(file && data ? [`${both('client-cert', '.')}.`] : []),
    ...(keyFile && keyData ? [both('client-key', ';')] : []),
    ...(keyFile || keyData
      ? []
      : [
          `client-key-data or client-key must be specified for ${userName} to use the clientCert authentication method.`
        ]),
    ...(await unreadable(file, 'client-cert', userName)),
    ...(await unreadable(keyFile, 'client-key', userName))
  ]
}

function checkExec(exec: ExecEntry, userName: string, hasProvider: boolean): readonly string[] {
  const { apiVersion, command, env = [], interactiveMode: mode } = exec
  const required = (what: string) => `${what} must be specified for ${userName} to use exec authentication plugin`
  return [
    ...(hasProvider ? [`authProvider cannot be provided in combination with an exec plugin for ${userName}`] : []),
    ...(command ? [] : [required('command')]),
    ...(apiVersion ? [] : [required('apiVersion')]),
    ...env.filter(({ name }) => !name).map(() => required('env variable name')),
    ...(mode || /v1(?:alpha|beta)1$/.test(apiVersion ?? '') ? [] : [required('interactiveMode')]),
    ...(mode && !MODES.has(mode) ? [`invalid interactiveMode for ${userName}: ${JSON.stringify(mode)}`] : [])
  ]
}

const MODES: ReadonlySet<string> = new Set(['Never', 'IfAvailable', 'Always'])

async function checkCluster({ cluster, clusterName }: Chosen): Promise<readonly string[]> {
  const { 'certificate-authority': file, 'certificate-authority-data': data, 'proxy-url': proxy } = cluster
  const refusal = proxy ? parseProxy(proxy, PROXY_SCHEMES) : undefined
  return [
    ...(refusal?.ok === false
      ? [`invalid 'proxy-url' ${JSON.stringify(proxy)} for cluster ${JSON.stringify(clusterName)}: ${refusal.why}`]
      : []),
    ...(file && data
      ? [
          `certificate-authority-data and certificate-authority are both specified for ${clusterName}. ` +
            'certificate-authority-data will override.'
        ]
      : []),
    ...(await unreadable(file, 'certificate-authority', clusterName))
  ]
}

async function unreadable(file: string | undefined, what: string, name: string): Promise<readonly string[]> {
  if (!file) return []
  try {
    await (await open(file)).close()
    return []
  } catch (error) {
    return [`unable to read ${what} ${file} for ${name} due to ${describeFileError(error, file)}`]
  }
}
