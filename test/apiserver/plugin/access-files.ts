// Kubeconfig files with every kind of cluster and user, good and bad, and a proxy on the way. Knows no test.
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { folderWith } from './run.ts'
import { serverAccess } from '../ask.ts'
import { kubectl } from '../own-server.ts'

export const EXEC = 'client.authentication.k8s.io/v1'

export interface Ports {
  readonly proxy: number
  readonly socks: number
  /** Takes requests, and never answers. */
  readonly silent: number
  /** Speaks HTTP without TLS. */
  readonly plain: number
}

/** A folder with `config` (context `main`), `second` and `undecided`. `namespace` has a service account `admin`. */
export async function writeFiles(namespace: string, ports: Ports): Promise<string> {
  const { server, authority, certificate, key } = await serverAccess()
  const token = (await kubectl(['--namespace', namespace, 'create', 'token', 'admin'])).trim()
  const cluster = { server, 'certificate-authority': 'ca.crt' }
  const exec = (more: object) => ({
    exec: { apiVersion: EXEC, interactiveMode: 'Never', command: './credential', ...more }
  })
  const withToken = { env: [{ name: 'TOKEN', value: token }] }
  const clusters = {
    plain: cluster,
    inline: { server, 'certificate-authority-data': authority.toString('base64') },
    insecure: { server, 'insecure-skip-tls-verify': true },
    both: { ...cluster, 'insecure-skip-tls-verify': true },
    untrusted: { server },
    'no-authority': { server, 'certificate-authority': 'nope.crt' },
    'other-name': { ...cluster, 'tls-server-name': 'other.example' },
    'own-name': { ...cluster, 'tls-server-name': 'kubernetes.default.svc' },
    proxied: { ...cluster, 'proxy-url': `http://127.0.0.1:${ports.proxy}` },
    socks: { ...cluster, 'proxy-url': `socks5://127.0.0.1:${ports.socks}` },
    'dead-proxy': { ...cluster, 'proxy-url': 'http://127.0.0.1:1' },
    silent: { server: `http://127.0.0.1:${ports.silent}` },
    'no-tls': { server: `https://127.0.0.1:${ports.plain}` },
    // Too long a label: no host has it, and no name server needs to be asked.
    'unknown-host': { server: `https://${'x'.repeat(64)}.invalid` },
    'dead-server': { server: 'https://127.0.0.1:1' },
    bare: { server: new URL(server).host }
  }
  const users = {
    token: { token },
    'wrong-token': { token: 'wrong' },
    file: { tokenFile: 'token' },
    certificate: { 'client-certificate': 'client.crt', 'client-key': 'client.key' },
    'no-certificate': { 'client-certificate': 'nope.crt', 'client-key': 'client.key' },
    'no-key': { 'client-certificate': 'client.crt' },
    basic: { username: 'somebody', password: 'secret' },
    nobody: { token, as: 'nobody' },
    groups: { token, 'as-groups': ['some'] },
    exec: exec(withToken),
    'exec-beta': exec({ ...withToken, apiVersion: `${EXEC}beta1` }),
    'exec-alpha': exec({ ...withToken, apiVersion: `${EXEC}alpha1` }),
    'exec-mode': { exec: { apiVersion: EXEC, command: './credential' } },
    'exec-fails': exec({ command: 'false' }),
    'exec-missing': exec({ command: 'no-such-plugin', installHint: 'Install it.' }),
    'exec-always': exec({ ...withToken, interactiveMode: 'Always' }),
    'exec-empty': exec({})
  }
  const config = (current: string) => ({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    clusters: Object.entries(clusters).map(([name, one]) => ({ name, cluster: one })),
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    contexts: [{ name: 'main', context: { cluster: 'plain', user: 'token', namespace: namespace } }]
  })
  const second = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'second',
    clusters: [{ name: 'plain', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'extra', user: { token } }],
    contexts: [
      { name: 'main', context: { cluster: 'plain', user: 'wrong-token' } },
      { name: 'second', context: { cluster: 'plain', user: 'extra', namespace: namespace } }
    ]
  }
  return folderWith({
    config: JSON.stringify(config('main')),
    undecided: JSON.stringify(config('')),
    second: JSON.stringify(second),
    'ca.crt': authority,
    'client.crt': certificate,
    'client.key': key,
    token,
    // Its stderr must be seen, and it must be told what kubectl tells.
    credential: `#!/bin/sh
echo "asked with $KUBERNETES_EXEC_INFO" >&2
version=$(echo "$KUBERNETES_EXEC_INFO" | sed 's/.*"apiVersion":"\\([^"]*\\)".*/\\1/')
echo "{\\"apiVersion\\":\\"$version\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$TOKEN\\"}}"
`
  })
}

/** A name that only the proxies know. */
export const BEHIND_PROXY = 'api.behind-proxy.test'

/** Forwards what a CONNECT asks for, and keeps what that was. */
export async function startProxy(tunnelled: string[]): Promise<Server> {
  const server = createServer()
  server.on('connect', (asked, socket) => {
    tunnelled.push(asked.url ?? '')
    const [host = '', port] = (asked.url ?? '').split(':')
    const upstream = connect(Number(port), host === BEHIND_PROXY ? '127.0.0.1' : host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return server
}

/** SOCKS 5 without a password, to IPv4 addresses and to BEHIND_PROXY: RFC 1928. */
export async function startSocks(tunnelled: string[]): Promise<TcpServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy())
    // Greeting: version, methods. Ours: version, no password.
    socket.once('data', () => {
      socket.write(Buffer.of(5, 0))
      // Request: version, connect, reserved, 1 and four bytes of address or 3 and a counted name, two bytes of port.
      socket.once('data', (request: Buffer) => {
        const name = request[3] === 3 ? request.subarray(5, -2).toString() : undefined
        const [host, port] = [name ?? request.subarray(4, 8).join('.'), request.readUInt16BE(request.length - 2)]
        tunnelled.push(`${host}:${port}`)
        const upstream = connect(port, host === BEHIND_PROXY ? '127.0.0.1' : host, () => {
          socket.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0))
          upstream.pipe(socket).pipe(upstream)
        })
        upstream.on('error', () => socket.destroy())
      })
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return server
}
