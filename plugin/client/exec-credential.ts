// Runs a credential plugin (users[].exec), as client-go does and in its words. Knows no request.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { quote } from '../../mirror/problem.ts'
import { parseTime } from '../../mirror/time.ts'
import { bearer, type Expiring } from './credential.ts'
import { ConnectionError } from '../io/errors.ts'
import { describeFileError } from '../io/system-errors.ts'
import type { Io } from '../io/io.ts'
import { parseYaml, type ClusterEntry, type ExecEntry } from '../kubeconfig/kubeconfig-file.ts'

export async function runExecPlugin(
  exec: ExecEntry,
  cluster: ClusterEntry,
  server: URL,
  { stdin, stderr, env, signal }: Pick<Io, 'stdin' | 'stderr' | 'env' | 'signal'>
): Promise<Expiring> {
  const refuse = (why: string) => new ConnectionError(server.host, new Error(`getting credentials: ${why}`))
  const { apiVersion = '', command = '', interactiveMode = 'IfAvailable' } = exec
  const interactive = interactiveMode !== 'Never' && stdin.isTTY === true
  if (interactiveMode === 'Always' && !interactive) {
    throw refuse('exec plugin cannot support interactive mode: standard input is not a terminal')
  }
  const info = {
    kind: 'ExecCredential',
    apiVersion,
    spec: { ...(exec.provideClusterInfo && { cluster: await describe(cluster, server) }), interactive }
  }
  const own = Object.fromEntries((exec.env ?? []).map(({ name = '', value = '' }) => [name, value]))
  const tooLong = new AbortController()
  const child = spawn(command, exec.args ?? [], {
    signal: AbortSignal.any([signal, tooLong.signal]),
    // Its stderr is the user's: it may ask for a code to be typed elsewhere.
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    env: { ...env, ...own, KUBERNETES_EXEC_INFO: `${JSON.stringify(info)}\n` }
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    if (output.length > LONGEST) tooLong.abort()
  })
  const waiting = setTimeout(
    () => stderr.write(`Waiting for the credential plugin ${command}; Ctrl-C gives up\n`),
    SLOW
  )
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      // It may not end when it is told to, and what it has started may hold the pipe.
      child.unref()
      child.stdout?.destroy()
      const isTooLong = `exec: executable ${command} printed more than a credential: ${LONGEST} characters`
      reject(refuse(tooLong.signal.aborted ? isTooLong : describeStart(error, command, exec.installHint)))
    })
    child.once('close', resolve)
  }).finally(() => clearTimeout(waiting))
  if (code !== 0) throw refuse(`exec: executable ${command} failed with exit code ${code ?? -1}`)
  return readCredential(output, apiVersion, refuse)
}

/** Characters: a token and two certificates are a few thousand. */
const LONGEST = 1 << 20
/** Milliseconds. It may ask its user something, so it is given all the time that it takes, as by kubectl. */
const SLOW = 10_000

interface ExecCredential {
  readonly apiVersion?: string
  readonly status?: {
    readonly token?: string
    readonly clientCertificateData?: string
    readonly clientKeyData?: string
    /** Whatever its type: numbers and dates without a time are no times to client-go either. */
    readonly expirationTimestamp?: unknown
  }
}

function readCredential(output: string, apiVersion: string, refuse: (why: string) => Error): Expiring {
  const credential = parse(output)
  if (credential === undefined) throw refuse('decoding stdout: it is neither JSON nor YAML')
  if (credential.apiVersion !== apiVersion) {
    throw refuse(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${credential.apiVersion}`
    )
  }
  if (!credential.status) throw refuse("exec plugin didn't return a status field")
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = credential.status
  if (!token && !cert) throw refuse("exec plugin didn't return a token or cert/key pair")
  if (!cert !== !key) throw refuse('exec plugin returned only certificate or key, not both')
  const expires = readExpiry(expirationTimestamp, refuse)
  return {
    credentials: { ...(token ? bearer(token) : { headers: {} }), ...(cert && key && { cert, key }) },
    ...(expires && { expires })
  }
}

/** Undefined: it has none, and stays valid. */
function readExpiry(found: unknown, refuse: (why: string) => Error): Date | undefined {
  if ((found ?? '') === '') return undefined
  const expires = typeof found === 'string' ? parseTime(found) : undefined
  if (expires) return expires
  const shown = typeof found === 'string' ? quote(found) : 'what is no text'
  throw refuse(`decoding stdout: expirationTimestamp: ${shown} is no time of RFC 3339`)
}

function parse(output: string): ExecCredential | undefined {
  try {
    // Not only JSON: kubectl takes either, and shell scripts like YAML.
    const content = parseYaml(output)
    return typeof content === 'object' && content ? content : undefined // read field by field
  } catch {
    return undefined
  }
}

/** With what a file has, since the plugin may run elsewhere; it was read before, for TLS. */
async function describe(cluster: ClusterEntry, server: URL): Promise<object> {
  const file = cluster['certificate-authority']
  const data = cluster['certificate-authority-data'] || (file && (await readFile(file, 'base64')))
  const own = cluster.extensions?.find(({ name }) => name === EXTENSION)
  return {
    server: server.href.replace(/\/$/, ''),
    ...(cluster['tls-server-name'] && { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { 'insecure-skip-tls-verify': true }),
    ...(data && { 'certificate-authority-data': data }),
    ...(cluster['proxy-url'] && { 'proxy-url': cluster['proxy-url'] }),
    config: own?.extension ?? null
  }
}

/** Where a cluster's entry has what its plugin wants to know. */
const EXTENSION = 'client.authentication.k8s.io/exec'

function describeStart(error: NodeJS.ErrnoException, command: string, installHint = ''): string {
  if (error.code !== 'ENOENT') return `exec: ${describeFileError(error, command).replace(/^spawn\S* /, 'fork/exec ')}`
  const hint = [
    `exec: executable ${command} not found`,
    'It looks like you are trying to use a client-go credential plugin that is not installed.',
    'To learn more about this feature, consult the documentation available at:\n' +
      '      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins'
  ]
  return [...hint, ...(installHint ? [installHint] : [])].join('\n\n')
}
