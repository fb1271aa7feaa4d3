// What leaves the machine, to whom and in whose name: the same on kubectl and on the plugin, seen by servers that write it
// down.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXEC } from './access-files.ts'
import { both, type Case, type Row, wanted } from './wire-both.ts'
import { startWire, type Wire } from './wire-stage.ts'

let wire: Wire
beforeAll(async () => {
  wire = await startWire()
})
afterAll(() => wire?.close())

const at = (server: string): Case => ({ cluster: { server } })
const trusting = (file: string): Case => ({ cluster: { 'certificate-authority': file } })
const exec = (more: object, file = '#!/bin/sh\necho ran >&2\nexit 3\n'): Case => ({
  user: { exec: { apiVersion: EXEC, interactiveMode: 'Never', command: './credential', ...more } },
  files: { credential: file }
})
const giving = (token: string) =>
  `#!/bin/sh\necho '{"apiVersion":"${EXEC}","kind":"ExecCredential","status":{"token":"'"${token}"'"}}'\n`
const plainly = (given: Case): Case => ({
  ...given,
  cluster: { server: 'http://127.0.0.1:PLAIN', 'certificate-authority': '' }
})
const flags = (...all: string[]): Case => ({ flags: all })
const login = (more: object): Case => ({ user: { token: 'secret', ...more } })

const ROWS: readonly Row[] = [
  ['a token over TLS', {}],

  ['http: a token', plainly({})],
  ['http: a password', plainly({ user: { username: 'me', password: 'secret' } })],
  ['http: a token file that does not exist', plainly({ user: { tokenFile: 'nope' } })],
  ['http: a credential plugin', plainly(exec({}))],
  ['http: a credential plugin of no known version', plainly(exec({ apiVersion: 'x/v1' }))],
  ['http: a credential plugin without a mode', plainly(exec({ interactiveMode: undefined }))],
  ['http: an auth provider', plainly({ user: { 'auth-provider': { name: 'oidc', config: {} } } })],
  ['http: --token', plainly(flags('--token', 'flag'))],
  ['http: --as', plainly(flags('--as', 'me'))],
  ['a login in the URL wins', at('https://me:p%40ss@127.0.0.1:TLS')],
  ['a login in an http URL is its own', at('http://me:p%40ss@127.0.0.1:PLAIN')],

  ['an intermediate authority', trusting('intermediate.crt')],
  ['a damaged certificate before the authority', trusting('damaged.crt')],
  ['the pinned certificate of the server', trusting('leaf.crt')],
  [
    'the pinned certificate by another name',
    { cluster: { 'certificate-authority': 'leaf.crt', 'tls-server-name': 'other.test' } }
  ],
  ['a key instead of an authority', trusting('leaf.key')],
  ['no authority that signed it', { cluster: { 'certificate-authority': '' } }],
  ['a folder instead of an authority', trusting('.')],
  [
    'insecure in the file, an authority by flag',
    {
      cluster: { 'certificate-authority': '', 'insecure-skip-tls-verify': true },
      flags: ['--certificate-authority', 'root.crt']
    }
  ],
  ['an authority and insecure by flag', flags('--certificate-authority', 'root.crt', '--insecure-skip-tls-verify')],
  [
    'a name in the file, a server by flag',
    { cluster: { 'tls-server-name': 'other.test' }, flags: ['--server', 'https://127.0.0.1:TLS'] }
  ],
  ['a name with a port', { cluster: { 'tls-server-name': 'localhost:443' } }],

  ['--as in UTF-8', flags('--as', 'jürgen 日本')],
  [
    '--as-group and --as-uid in UTF-8',
    flags('--as', 'me', '--as-group', 'größe', '--as-group', 'b,c', '--as-uid', 'ü')
  ],
  ['as-user-extra in UTF-8', login({ as: 'me', 'as-user-extra': { 'a/b(c)%': ['ö', 'x'], Ä: ['1'] } })],
  ['--token in UTF-8', flags('--token', 'tö')],
  ['a password in UTF-8', { user: { username: 'ü', password: 'p:ö' } }],
  ['--as with a line end', flags('--as', 'a\nb')],
  ['a token with a line end', login({ token: 'a\nb' })],

  ['HTTPS://', at('HTTPS://127.0.0.1:TLS')],
  ['a query in the server URL', at('https://127.0.0.1:TLS?x=1')],
  ['a path, a query and a fragment', at('https://127.0.0.1:TLS/prefix?x=1#f')],
  ['a path with a slash at its end', at('https://127.0.0.1:TLS/prefix/')],
  ['slashes at the end', at('https://127.0.0.1:TLS//')],
  ['a server without a scheme', at('127.0.0.1:PLAIN')],
  ['a server with TLS, without a scheme', at('127.0.0.1:TLS')],
  ['a server //host', at('//127.0.0.1:PLAIN')],
  ['a server without a scheme, with a path', at('127.0.0.1:PLAIN/prefix')],
  ['a server ftp://', at('ftp://127.0.0.1:PLAIN'), 'unsupported protocol scheme "ftp"'],
  ['a server https:/', at('https:/127.0.0.1')],
  ['a server with a blank at its end', at('https://127.0.0.1:TLS ')],
  ['a server https:host', at('https:127.0.0.1:TLS'), 'host must be a URL or a host:port pair'],
  ['a server with backslashes', at(String.raw`https:\\127.0.0.1:TLS`), 'host must be a URL or a host:port pair'],
  ['a server in another notation of numbers', at('http://0x7f.1:PLAIN'), 'host must be a URL or a host:port pair'],
  ['no server', { cluster: { server: '' }, env: { KUBERNETES_MASTER: 'http://127.0.0.1:PLAIN' } }],

  ...[
    'context',
    'cluster',
    'user',
    'server',
    'token',
    'kubeconfig',
    'namespace',
    'tls-server-name',
    'request-timeout'
  ].map((name): Row => [`an empty --${name} is none`, flags(`--${name}=`)]),

  ['env of null', exec({ env: [{ name: 'TOKEN', value: null }] }, giving('x${TOKEN}y'))],
  ['env without a value', { ...exec({ env: [{ name: 'TOKEN' }] }, giving('x${TOKEN}y')), env: { TOKEN: 'outer' } }],
  ['env without a name', exec({ env: [{ value: 'x' }] })],
  ['env of a number', exec({ env: [{ name: 'TOKEN', value: 5 }] }), 'env[0].value is a number, not a string'],
  ['args and env of null', exec({ args: null, env: null }, giving('x'))],
  ['a credential plugin that is killed', exec({}, '#!/bin/sh\nkill -9 $$\n')],
  [
    'a credential plugin that answers in YAML',
    exec({}, `#!/bin/sh\nprintf 'apiVersion: ${EXEC}\\nkind: ExecCredential\\nstatus: {token: x}\\n'\n`)
  ],
  [
    'a credential plugin without a status',
    exec({}, `#!/bin/sh\necho '{"apiVersion":"${EXEC}","kind":"ExecCredential"}'\n`)
  ],
  ['no command', exec({ command: '' })],
  ['a mode that is none', exec({ interactiveMode: 'Sometimes' })],
  ['a hint with escape sequences', exec({ command: 'no-such-plugin', installHint: '\u001B[31mred' }), 'red'],
  [
    'a certificate is enough',
    { ...exec({}), user: { ...exec({}).user, 'client-certificate': 'leaf.crt', 'client-key': 'leaf.key' } }
  ],
  [
    'a certificate by flag beside one of the file',
    {
      user: { 'client-certificate-data': btoa('x'), 'client-key-data': btoa('x') },
      flags: ['--client-certificate', 'leaf.crt', '--client-key', 'leaf.key']
    }
  ],
  [
    'a certificate that is none',
    { user: { 'client-certificate-data': btoa('x'), 'client-key-data': btoa('x') } },
    'failed to find any PEM data'
  ],
  ['a token and a password', login({ username: 'me' })],
  ['much that is wrong', login({ username: 'me', 'as-uid': '1', 'client-certificate': 'nope' })],
  ['a token file beside a token', { user: { token: 'inline', tokenFile: 'token' }, files: { token: ' file\n' } }],
  [
    'a token file beside --token',
    { user: { tokenFile: 'token' }, files: { token: 'file' }, flags: ['--token', 'flag'] }
  ],
  ['a token file that does not exist', { user: { tokenFile: 'nope' } }],
  ['a token file that does not exist, beside a token', login({ tokenFile: 'nope' })]
]

test.for(ROWS)('kubectl and the plugin send the same: %s', async ([, given, ours]) => {
  const { kubectl, plugin } = await both(wire, given)
  expect(plugin).toEqual(wanted(kubectl, ours))
})

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

test.for<[string, string[], string]>([
  ['in UTF-8', [utf8('299 - "größe 日本"')], 'Warning: größe 日本\n'],
  ['two in one header', ['299 - "a", 299 - "b"'], 'Warning: a\nWarning: b\n'],
  ['two headers, one twice', ['299 - "a"', '299 - "b"', '299 - "a"'], 'Warning: a\nWarning: b\n'],
  [
    'a date and another code',
    ['199 - "x", 299 - "a" "Wed, 21 Oct 2015 07:28:00 GMT", 299 - "b"'],
    'Warning: a\nWarning: b\n'
  ],
  ['quotes in it', [String.raw`299 - "say \"hi\" \\ x"`], 'Warning: say "hi" \\ x\n'],
  ['a control of C1 in it', [utf8('299 - "a\u009B31mred"'), '299 - "b"'], 'Warning: b\n'],
  ['bytes that are not UTF-8', ['299 - "a\u00FF"', '299 - "b"'], 'Warning: b\n'],
  ['a tab in it', ['299 - "a\tb"'], ''],
  ['broken', ['299 - "open'], ''],
  ['empty', ['299 - ""'], '']
])('kubectl and the plugin show the same warning: %s', async ([, headers, shown]) => {
  wire.warn(...headers)
  const { kubectl: theirs, plugin } = await both(wire, {})
  wire.warn()
  expect(plugin).toEqual(theirs)
  expect(plugin.stderr).toBe(shown)
})

test('a warning that turns the direction of text is shown written out, where kubectl shows it as it is', async () => {
  wire.warn(utf8('299 - "a\u202Eb"'))
  const { plugin } = await both(wire, {})
  wire.warn()
  expect(plugin.stderr).toBe('Warning: a\\u202eb\n')
})
