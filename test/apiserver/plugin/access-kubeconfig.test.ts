// Kubeconfig files as strangers have them, read by kubectl and by the plugin: the same server is asked, or both refuse.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { apply, folderWith, tryKubectl, mirror, mirrorProcess, type Ended } from './run.ts'
import { serverAccess } from '../ask.ts'
import { kubectl } from '../own-server.ts'

const NAMESPACE = 'plugin-kubeconfig'
const NOBODY = 'https://127.0.0.1:1'

let authority: string
/** With the server, the authority and the token in place of SERVER, CA and TOKEN. */
let fill: (text: string) => string

beforeAll(async () => {
  await kubectl(['create', 'namespace', NAMESPACE])
  await apply(NAMESPACE, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'httpbin' },
    spec: { hosts: ['httpbin'], http: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }] }
  })
  await kubectl(['-n', NAMESPACE, 'create', 'serviceaccount', 'admin'])
  const binding = ['create', 'clusterrolebinding', NAMESPACE, '--clusterrole=cluster-admin']
  await kubectl([...binding, `--serviceaccount=${NAMESPACE}:admin`])
  const token = (await kubectl(['-n', NAMESPACE, 'create', 'token', 'admin'])).trim()
  const access = await serverAccess()
  authority = access.authority.toString('base64')
  fill = (text) => text.replaceAll('SERVER', access.server).replaceAll('CA', authority).replaceAll('TOKEN', token)
})
afterAll(async () => void (await tryKubectl(['delete', 'clusterrolebinding', NAMESPACE])))

const FILE = `apiVersion: v1
kind: Config
current-context: c
clusters:
- name: k
  cluster: {server: "SERVER", certificate-authority-data: CA}
contexts:
- name: c
  context: {cluster: k, user: u, namespace: ${NAMESPACE}}
users:
- name: u
  user: {token: TOKEN}
`
const CLUSTER = '{server: "SERVER", certificate-authority-data: CA}'
const withCluster = (cluster: string) => FILE.replace(CLUSTER, cluster)
const withUser = (user: string) => FILE.replace('{token: TOKEN}', user)
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')

/** `ours`: part of the plugin's words where they are not kubectl's. */
type Row = readonly [what: string, file: () => string | Buffer, code: number, ours?: string]

const ROWS: readonly Row[] = [
  ['as it should be', () => FILE, 0],
  ['a doubled key, of which the last counts', () => withUser('{token: wrong, token: TOKEN}'), 0],
  ['a doubled server, of which the last counts', () => withCluster(CLUSTER.replace('{', `{server: "${NOBODY}", `)), 0],
  ['a doubled server, the other way round', () => withCluster(CLUSTER.replace('}', `, server: "${NOBODY}"}`)), 1],
  // kubectl says why in other words where it has discovered the server before.
  [
    'a doubled list of users',
    () => `${FILE}users: [{name: u, user: {token: wrong}}]\n`,
    1,
    'You must be logged in to the server'
  ],
  ['a doubled current context', () => `current-context: none\n${FILE}`, 0],
  ['a marker at its end', () => `${FILE}---\n`, 0],
  ['a marker at its start', () => `# mine\n\n---\n${FILE}`, 0],
  ['a directive', () => `%YAML 1.1\n---\n${FILE}`, 0],
  ['two documents, of which the first counts', () => `${FILE}---\n${FILE.replaceAll('SERVER', NOBODY)}`, 0],
  ['two documents, the first empty', () => `---\n---\n${FILE}`, 1],
  ['two documents, the second none', () => `${FILE}---\n{{{\n`, 0],
  ['what follows the end', () => `${FILE}...\n{{{\n`, 0],
  ['UTF-16, as PowerShell writes it', () => utf16(fill(FILE)), 0],
  ['UTF-16, the other way round', () => utf16(fill(FILE)).swap16(), 0],
  ['a byte order mark', () => `\uFEFF${FILE}`, 0],
  [
    'UTF-16 without a mark',
    () => Buffer.from(fill(FILE), 'utf16le'),
    1,
    'error loading config file "FOLDER/config": yaml: '
  ],
  ['Latin-1', () => Buffer.from(fill(`# \u00FC\n${FILE}`), 'latin1'), 1, 'it is not text in UTF-8'],
  ['CRLF', () => FILE.replaceAll('\n', '\r\n'), 0],
  ['tabs', () => FILE.replaceAll('  cluster', '\tcluster'), 1, 'config": yaml: line 6: '],
  [
    'a doubled cluster name',
    () => FILE.replace('clusters:', `clusters:\n- name: k\n  cluster: {server: "${NOBODY}"}`),
    1,
    'duplicate name "k" in clusters'
  ],
  ['a doubled user name', () => `${FILE}- name: u\n  user: {token: other}\n`, 1, 'duplicate name "u" in users'],
  [
    'a doubled context name',
    () => FILE.replace('contexts:', 'contexts:\n- name: c\n  context: {}'),
    1,
    'duplicate name "c" in contexts'
  ],
  ['users: {}', () => FILE.replace(/users:[^]*/, 'users: {}\n'), 1, 'users is a map, not a list'],
  ['clusters: {}', () => FILE.replace(/clusters:\n.*\n.*\n/, 'clusters: {}\n'), 1, 'clusters is a map, not a list'],
  ['an entry of null', () => `${FILE}-\n`, 0],
  ['a cluster of null', () => withCluster(''), 1],
  ['no clusters', () => FILE.replace(/clusters:\n.*\n.*\n/, ''), 1],
  [
    'a token that is a number',
    () => withUser('{token: 1_000}'),
    1,
    'users[0].user.token is a number, not a string: put it in quotes'
  ],
  ['a token that is a truth', () => withUser('{token: yes}'), 1, 'users[0].user.token is a boolean, not a string'],
  ['a token that is a list', () => withUser('{token: [TOKEN]}'), 1, 'users[0].user.token is a list, not a string'],
  ['a token that looks like a time', () => withUser('{token: 22:30}'), 1],
  ['a name that is a number', () => FILE.replace('name: u', 'name: 5'), 1, 'users[0].name is a number, not a string'],
  ['insecure: yes', () => withCluster('{server: "SERVER", insecure-skip-tls-verify: yes}'), 0],
  [
    'insecure: "true"',
    () => withCluster('{server: "SERVER", insecure-skip-tls-verify: "true"}'),
    1,
    'is a string, not true or false'
  ],
  ['a merge key before', () => `x: &x {server: "${NOBODY}"}\n${withCluster(CLUSTER.replace('{', '{<<: *x, '))}`, 0],
  [
    'a merge key behind, which wins',
    () => `x: &x {server: "${NOBODY}"}\n${withCluster(CLUSTER.replace('}', ', <<: *x}'))}`,
    1
  ],
  [
    'several merged, of which the first wins',
    () => `x: &x {server: "${NOBODY}"}\ny: &y ${CLUSTER}\n${withCluster('{<<: [*y, *x]}')}`,
    0
  ],
  ['an alias', () => `x: &x ${CLUSTER}\n${withCluster('*x')}`, 0],
  [
    'base64 with line breaks',
    () =>
      withCluster(
        `\n    server: "SERVER"\n    certificate-authority-data: |\n      ${authority.match(/.{1,64}/g)?.join('\n      ')}`
      ),
    0
  ],
  [
    'base64 with a blank',
    () => withCluster(`{server: "SERVER", certificate-authority-data: "YW I="}`),
    1,
    'certificate-authority-data is not base64'
  ],
  [
    'base64 without its end',
    () => withCluster(`{server: "SERVER", certificate-authority-data: YWI}`),
    1,
    'certificate-authority-data is not base64'
  ],
  ['another kind', () => FILE.replace('Config', 'Pod'), 1, 'it is a "Pod" of "v1", not a "Config" of "v1"'],
  ['another version', () => FILE.replace('apiVersion: v1', 'apiVersion: v2'), 1, 'it is a "Config" of "v2"'],
  ['neither kind nor version', () => FILE.replace('apiVersion: v1\nkind: Config\n', ''), 0],
  ['a list', () => '- a\n', 1, 'the file is a list, not a map'],
  ['a string', () => 'hello\n', 1, 'the file is a string, not a map'],
  ['a comment', () => '# nothing\n', 1],
  ['nothing', () => '', 1],
  ['broken YAML, whose secrets are not shown', () => withUser('{token: [secret'), 1, 'config": yaml: line '],
  [
    'a context with blanks and slashes',
    () => FILE.replace('current-context: c', 'current-context: a b/c').replace('name: c', 'name: a b/c'),
    0
  ],
  ['a context that is not there', () => FILE.replace('current-context: c', 'current-context: nope'), 1],
  [
    'a context that is not there, and more',
    () => withUser('{token: a, username: b}').replace('current-context: c', 'current-context: nope'),
    1
  ],
  [
    'an authority that is not there, and more',
    () => withCluster('{server: "SERVER", certificate-authority: ~/ca.crt, proxy-url: "ftp://x"}'),
    1
  ],
  ['an authority twice', () => withCluster(CLUSTER.replace('}', ', certificate-authority: config}')), 1]
]

test.concurrent.for(ROWS)('kubectl and the plugin read the same: %s', async ([what, file, code, ours], { expect }) => {
  const content = file()
  const { theirs, plugin } = await both({ config: typeof content === 'string' ? fill(content) : content }, {})
  expect({ what, code: plugin.code }).toEqual({ what, code: theirs.code })
  expect(plugin.code).toBe(code)
  if (ours === undefined) expect(plugin.stderr).toBe(theirs.stderr)
  else expect(plugin.stderr).toContain(ours)
  expect(plugin.stderr).not.toContain('secret')
})

test.concurrent.for<readonly [what: string, env: string, code: number, ours?: string]>([
  ['empty parts', ':FOLDER/config:', 0],
  ['only empty parts', '::', 1],
  ['the same twice', 'FOLDER/config:FOLDER/config', 0],
  ['relative ones', 'nope:config', 0],
  ['a tilde, which nothing expands', '~/config', 1],
  ['a folder', 'FOLDER/inner', 1],
  ['a folder beside a file', 'FOLDER/inner:FOLDER/config', 1],
  ['a file in a file', 'FOLDER/config/x', 1],
  ['two broken files', 'FOLDER/broken:FOLDER/list', 1, 'config file "FOLDER/list": the file is a list']
])('kubectl and the plugin read the same from KUBECONFIG: %s', async ([, env, code, ours], { expect }) => {
  const { theirs, plugin } = await both({ config: fill(FILE), broken: 'a: [', list: '- a' }, { KUBECONFIG: env })
  expect({ code: plugin.code, theirs: theirs.code }).toEqual({ code, theirs: code })
  if (ours === undefined) expect(plugin.stderr).toBe(theirs.stderr)
  else expect(plugin.stderr).toContain(ours)
})

async function both(
  files: Readonly<Record<string, string | Buffer>>,
  env: Readonly<Record<string, string>>
): Promise<{ theirs: Ended; plugin: Ended }> {
  const folder = await folderWith(files)
  await mkdir(join(folder, 'inner'))
  const here = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll('FOLDER', folder)])
  )
  const options = { cwd: folder, env: { KUBECONFIG: join(folder, 'config'), ...here } }
  const plugin = /(^|:)\w/.test(env['KUBECONFIG'] ?? '') ? mirrorProcess : mirror
  const [theirs, ours] = await Promise.all([
    tryKubectl(['get', 'virtualservices', 'httpbin', '-v=0'], options),
    plugin(['status', 'httpbin'], options)
  ])
  await rm(folder, { recursive: true })
  return { theirs: plain(theirs, folder), plugin: plain(ours, folder) }
}

/** kubectl's log lines are not its answer. */
function plain({ code, stdout, stderr }: Ended, folder: string): Ended {
  const lines = stderr.split('\n').filter((line) => !/^[EWI]\d{4} /.test(line))
  const text = lines.join('\n').replaceAll(folder, 'FOLDER').replace('httpbin: not mirrored.\n', '')
  return { code, stdout, stderr: text }
}
