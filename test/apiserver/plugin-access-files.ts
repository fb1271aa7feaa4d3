// Kubeconfig files with every kind of cluster and user, good and bad, and a proxy on the way. Knows no test.
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { folderWith, kubectlOrThrow, serverAccess } from './plugin-run.ts'

export const EXEC = 'client.authentication.k8s.io/v1'

/** A folder with `config` (context `main`), `second` and `undecided`. `namespace` has a service account `admin`. */
export async function writeFiles(namespace: string, proxyPort: number, socksPort: number): Promise<string> {
  const { server, authority, certificate, key } = await serverAccess()
  const token = (await kubectlOrThrow(['--namespace', namespace, 'create', 'token', 'admin'])).trim()
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
    proxied: { ...cluster, 'proxy-url': `http://127.0.0.1:${proxyPort}` },
    socks: { ...cluster, 'proxy-url': `socks5://127.0.0.1:${socksPort}` },
    'dead-proxy': { ...cluster, 'proxy-url': 'http://127.0.0.1:1' },
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

/** Forwards what a CONNECT asks for, and keeps what that was. */
export async function startProxy(tunnelled: string[]): Promise<Server> {
  const server = createServer()
  server.on('connect', (asked, socket) => {
    tunnelled.push(asked.url ?? '')
    const [host = '', port] = (asked.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return server
}

/** SOCKS 5 without a password, to IPv4 addresses: RFC 1928. */
export async function startSocks(tunnelled: string[]): Promise<TcpServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy())
    // Greeting: version, methods. Ours: version, no password.
    socket.once('data', () => {
      socket.write(Buffer.of(5, 0))
      // Request: version, connect, reserved, IPv4, four bytes of address, two of port.
      socket.once('data', (request: Buffer) => {
        const [host, port] = [request.subarray(4, 8).join('.'), request.readUInt16BE(8)]
        tunnelled.push(`${host}:${port}`)
        const upstream = connect(port, host, () => {
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
