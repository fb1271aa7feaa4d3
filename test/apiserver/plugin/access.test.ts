// Every way to reach an API server, tried with the same files and flags on kubectl and on the plugin: same exit code, same
// words.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { BEHIND_PROXY, EXEC } from './access-files.ts'
import { openAccess, type AccessStage } from './access-stage.ts'
import { folderWith, tryKubectl, mirror, mirrorProcess, type Ended, type RunOptions } from './run.ts'
import { serverAccess } from '../ask.ts'
import { kubectl } from '../own-server.ts'

const NAMESPACE = 'plugin-access'

let stage: AccessStage

beforeAll(async () => {
  stage = await openAccess(NAMESPACE)
})
afterAll(async () => stage?.close())

/** kubectl's log lines are not its answer; it names the verb that was typed, the name server, and whichever clock ran out first. */
function answer({ code, stderr }: Ended): object {
  const lines = stderr.split('\n').filter((line) => !/^[EWI]\d{4} /.test(line))
  const text = lines.join('\n').replace("'kubectl get --help'", "'kubectl mirror status --help'")
  const timeOut = 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)'
  return {
    code,
    stderr: text.replace(/(lookup \S+) on \S+:53:/, '$1:').replace(/context deadline exceeded.*/, timeOut)
  }
}

async function both(
  flags: readonly string[],
  options: RunOptions = {},
  objects = ['httpbin']
): Promise<[object, object]> {
  const settings = { cwd: stage.folder, ...options, env: { KUBECONFIG: join(stage.folder, 'config'), ...options.env } }
  // A credential plugin writes to its process's stderr, and names of files are of its folder.
  const names = [...flags, ...Object.values(options.env ?? {})]
  const isInFolder = options.cwd !== undefined || names.some((one) => /^exec|\.crt$|^second$|^config$/.test(one))
  const plugin = isInFolder ? mirrorProcess : mirror
  const [theirs, ours] = await Promise.all([
    tryKubectl(['get', 'virtualservices', ...objects, ...flags], settings),
    plugin(['status', ...objects, ...flags], settings)
  ])
  return [answer(theirs), answer(ours)]
}

/** [flags, exit code] */
const SAME: readonly (readonly [string, number])[] = [
  ['--cluster plain', 0],
  ['--cluster inline', 0],
  ['--cluster insecure', 0],
  ['--cluster both', 1],
  ['--cluster untrusted', 1],
  ['--cluster no-authority', 1],
  ['--cluster other-name', 1],
  ['--cluster own-name', 0],
  ['--cluster proxied', 0],
  ['--cluster socks', 0],
  ['--cluster dead-proxy', 1],
  ['--cluster dead-server', 1],
  ['--cluster no-tls', 1],
  ['--cluster unknown-host', 1],
  ['--cluster silent --request-timeout 1s', 1],
  ['--cluster none', 1],
  ['--user token', 0],
  ['--user wrong-token', 1],
  ['--user file', 0],
  ['--user certificate', 0],
  ['--user no-certificate', 1],
  ['--user no-key', 1],
  ['--user basic', 1],
  ['--user nobody', 1],
  ['--user groups', 1],
  ['--user exec', 0],
  ['--user exec-beta', 0],
  ['--user exec-alpha', 1],
  ['--user exec-mode', 1],
  ['--user exec-fails', 1],
  ['--user exec-missing', 1],
  ['--user exec-always', 1],
  ['--user exec-empty', 1],
  ['--user none', 1],
  ['--context main', 0],
  ['--context none', 1],
  [`--namespace ${NAMESPACE}`, 0],
  [`-n=${NAMESPACE}`, 0],
  [`-n${NAMESPACE}`, 0],
  ['-n default', 1],
  ['-n no-such-namespace', 1],
  ['-s https://127.0.0.1:1', 1],
  ['--server 127.0.0.1:1', 1],
  ['--token wrong', 1],
  ['--as nobody', 1],
  ['--as nobody --as-group system:masters', 0],
  ['--as nobody --as-group=system:masters --as-group other --as-uid 7', 0],
  ['--as-group system:masters', 1],
  ['--as-uid 7', 1],
  ['--certificate-authority ca.crt', 0],
  ['--certificate-authority client.crt', 1],
  ['--client-certificate client.crt --client-key client.key', 0],
  ['--insecure-skip-tls-verify', 0],
  ['--insecure-skip-tls-verify=true --cluster untrusted', 0],
  ['--insecure-skip-tls-verify=false --cluster untrusted', 1],
  ['--insecure-skip-tls-verify=perhaps', 1],
  ['--tls-server-name other.example', 1],
  ['--request-timeout 30', 0],
  ['--request-timeout=1m', 0],
  ['--request-timeout=soon', 1],
  ['--kubeconfig nope', 1],
  ['--kubeconfig config', 0],
  ['--kubeconfig second', 1],
  ['--no-such-flag', 1],
  ['-Z', 1],
  ['--context', 1],
  ['-n', 1],
  ['-o json', 0],
  ['-ojson', 0],
  ['-o=name', 0],
  ['-o yaml', 0],
  ['-o jsonpath={.none}', 0],
  ['-o jsonpath', 1],
  ['-v=3', 0]
]

test.concurrent.for(SAME)('kubectl and the plugin agree: %s', async ([flags, code], { expect }) => {
  const [theirs, ours] = await both(flags.split(' '))
  expect(ours).toEqual(theirs)
  expect(ours).toMatchObject({ code })
})

test.concurrent.for([
  ['-A', 0],
  ['-l !none', 0],
  ['-A --as nobody', 1]
] as const)('kubectl and the plugin agree without a name: %s', async ([flags, code], { expect }) => {
  const [theirs, ours] = await both(flags.split(' '), {}, [])
  expect(ours).toEqual(theirs)
  expect(ours).toMatchObject({ code })
})

test.for<[string, string, number]>([
  ['http', '', 0],
  ['http', 'other.test,10.0.0.0/8', 0],
  ['http', 'behind-proxy.test', 1],
  ['socks5', '', 0]
])(
  'kubectl and the plugin agree: a %s proxy of the environment, NO_PROXY=%s',
  async ([scheme, exceptions, code], { expect }) => {
    const { port } = scheme === 'http' ? stage.proxy : stage.socks
    const env = { HTTPS_PROXY: `${scheme}://127.0.0.1:${port}`, NO_PROXY: exceptions }
    const { server } = await serverAccess()
    const flags = ['--server', `https://${BEHIND_PROXY}:${new URL(server).port}`, '--tls-server-name', 'localhost']
    const [theirs, ours] = await both(flags, { env })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ code })
  }
)

test.for<[string, Record<string, string>, string[], number]>([
  ['the first file that names a thing wins', { KUBECONFIG: 'config:second' }, [], 0],
  ['the first current context wins', { KUBECONFIG: 'second:config' }, [], 1],
  ['whom the system trusts is trusted', { SSL_CERT_FILE: 'ca.crt' }, ['--cluster', 'untrusted'], 0],
  ['what only the second file has is there', { KUBECONFIG: 'config:second' }, ['--user', 'extra'], 0],
  ['a file that does not exist is left out', { KUBECONFIG: 'nope:config' }, [], 0],
  ['the later file decides where the first says nothing', { KUBECONFIG: 'undecided:second' }, [], 0],
  ['no file at all is localhost:8080', { KUBECONFIG: 'nope' }, [], 1],
  ['a proxy of the environment is not used on this machine', { HTTPS_PROXY: 'http://127.0.0.1:1' }, [], 0]
])('kubectl and the plugin agree: %s', async ([, env, flags, code], { expect }) => {
  const absolute = env.KUBECONFIG?.split(':')
    .map((name) => join(stage.folder, name))
    .join(':')
  const [theirs, ours] = await both(flags, { env: absolute === undefined ? env : { ...env, KUBECONFIG: absolute } })
  expect(ours).toEqual(theirs)
  expect(ours).toMatchObject({ code })
})

test('both went through the proxies that the clusters have', ({ expect }) => {
  expect(stage.proxy.asked.length).toBeGreaterThanOrEqual(2)
  expect(stage.socks.asked.length).toBeGreaterThanOrEqual(2)
})

test('paths in a file are relative to it, those in flags to where one is', async ({ expect }) => {
  for (const flags of ['--user exec', '--user file', '--user certificate', '--certificate-authority ca.crt']) {
    const [theirs, ours] = await both(flags.split(' '), { cwd: '/' })
    expect(ours, flags).toEqual(theirs)
  }
})

test('a credential plugin is told of the cluster where it asks for it', async ({ expect }) => {
  const config = JSON.stringify({ ...JSON.parse(await kubectl(['config', 'view', '--raw', '-o', 'json'])) })
  const parsed = JSON.parse(config) as { users: { user: object }[]; clusters: { cluster: object }[] }
  parsed.users[0]!.user = {
    exec: {
      apiVersion: EXEC,
      interactiveMode: 'Never',
      command: join(stage.folder, 'credential'),
      provideClusterInfo: true
    }
  }
  const { server } = await serverAccess()
  const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'staging' } }]
  const byFile = { server, 'certificate-authority': join(stage.folder, 'ca.crt'), extensions }
  const told = ({ stderr }: Ended): unknown => JSON.parse(/^asked with (.*)$/m.exec(stderr)![1]!)
  for (const cluster of [parsed.clusters[0]!.cluster, byFile]) {
    parsed.clusters[0]!.cluster = cluster
    const own = await folderWith({ config: JSON.stringify(parsed) })
    const settings = { env: { KUBECONFIG: join(own, 'config') } }
    const theirs = await tryKubectl(['get', 'virtualservices'], settings)
    const ours = await mirrorProcess(['status'], settings)
    await rm(own, { recursive: true })
    expect(told(ours)).toEqual(told(theirs))
  }
})

test('-v=6 shows a request as kubectl does, answered or not', async ({ expect }) => {
  for (const flags of ['--cluster plain', '--cluster dead-server']) {
    const args = [...flags.split(' '), '-n', NAMESPACE, '-v=6']
    const settings = { env: { KUBECONFIG: join(stage.folder, 'config') } }
    // Without asking for what there is: of that a dead server says nothing, and kubectl goes no further.
    const theirs = await tryKubectl(['get', '--raw', OBJECT, ...args], settings)
    const ours = await mirror(['status', 'httpbin', ...args], settings)
    const shown = ({ stderr }: Ended): string[] => {
      const found = Array.from(stderr.matchAll(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ \S+\] ("Response" .*)$/gm))
      return found.map(([, line = '']) => line.replace(/\d+$/, 'N')).filter((line) => line.includes(OBJECT))
    }
    expect(shown(ours)).toEqual(shown(theirs))
    expect(shown(ours)).toHaveLength(1)
  }
})

const OBJECT = `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/virtualservices/httpbin`
