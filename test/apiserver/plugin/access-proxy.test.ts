// Which way leads to a server: through the proxy of the kubeconfig or of the environment as with kubectl, or nowhere; never
// past it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { both, type Case, type Row, wanted } from './wire-both.ts'
import { startWire, type Wire } from './wire-stage.ts'

let wire: Wire
beforeAll(async () => {
  wire = await startWire()
})
afterAll(() => wire?.close())

const behind = (url: string): Case => ({ cluster: { 'proxy-url': url } })

test.for<Row>([
  ['proxy-url in capitals', behind('HTTP://127.0.0.1:PROXY')],
  ['proxy-url without a scheme', behind('127.0.0.1:PROXY')],
  ['proxy-url by name without a scheme', behind('localhost:PROXY')],
  ['proxy-url //host', behind('//127.0.0.1:PROXY')],
  ['proxy-url ftp://', behind('ftp://127.0.0.1:PROXY')],
  ['proxy-url socks5h://', behind('socks5h://127.0.0.1:PROXY')],
  ['proxy-url socks4://', behind('socks4://127.0.0.1:PROXY')],
  ['proxy-url SOCKS5:// that refuses', behind('SOCKS5://127.0.0.1:1')],
  ['proxy-url https://', behind('https://127.0.0.1:TLSPROXY')],
  ['proxy-url https:// to a proxy without TLS', behind('https://127.0.0.1:PROXY')],
  ['proxy-url with a login', behind('http://us%40er:p%3Ass@127.0.0.1:PROXY')],
  ['proxy-url with a path and a query', behind('http://127.0.0.1:PROXY/path?x=1')],
  ['proxy-url with a blank', behind(' http://127.0.0.1:PROXY')],
  ['proxy-url with a port that is none', behind('http://127.0.0.1:port')],
  ['proxy-url without a host', behind('http://'), 'it has no host'],
  ['proxy-url with one slash', behind('http:/127.0.0.1:PROXY'), 'it has no host'],
  ['proxy-url with backslashes', behind(String.raw`http:\\127.0.0.1:PROXY`), 'it has no host'],
  [
    'proxy-url to a server without TLS',
    { cluster: { server: 'http://127.0.0.1:PLAIN', 'proxy-url': 'http://127.0.0.1:PROXY' } }
  ]
])('kubectl and the plugin go the same way: %s', async ([, given, ours]) => {
  const { kubectl, plugin } = await both(wire, given)
  expect(plugin).toEqual(wanted(kubectl, ours))
})

const behindEnvironment = (name: string, proxy: string, exceptions = ''): Case => ({
  cluster: { server: 'https://api.test:TLS', 'tls-server-name': 'localhost' },
  env: { [name]: proxy, NO_PROXY: exceptions }
})

test.for<Row>([
  ['in capitals', behindEnvironment('HTTPS_PROXY', 'HTTP://127.0.0.1:PROXY')],
  ['in lower case, without a scheme', behindEnvironment('https_proxy', '127.0.0.1:PROXY')],
  ['with a login, without a scheme', behindEnvironment('HTTPS_PROXY', 'u:p@127.0.0.1:PROXY')],
  ['of all', behindEnvironment('ALL_PROXY', 'http://127.0.0.1:PROXY')],
  ['an empty one', behindEnvironment('HTTPS_PROXY', '')],
  ['excepting a block without its size', behindEnvironment('HTTPS_PROXY', 'http://127.0.0.1:PROXY', '10.0.0.0/')],
  ['excepting another port', behindEnvironment('HTTPS_PROXY', 'http://127.0.0.1:PROXY', 'api.test:1')],
  ['excepting the domain', behindEnvironment('HTTPS_PROXY', 'http://127.0.0.1:PROXY', 'x , .TEST')],
  ['excepting all', behindEnvironment('HTTPS_PROXY', 'http://127.0.0.1:PROXY', '*')],
  ['that is not there', behindEnvironment('HTTPS_PROXY', 'http://127.0.0.1:1')],
  ['whose name is unknown', behindEnvironment('HTTPS_PROXY', `http://${'x'.repeat(64)}.invalid:1`)],
  ['//host', behindEnvironment('HTTPS_PROXY', '//127.0.0.1:PROXY'), 'invalid proxy address "//127.0.0.1'],
  ['with a blank', behindEnvironment('HTTPS_PROXY', ' http://127.0.0.1:PROXY'), 'invalid proxy address'],
  ['with one slash', behindEnvironment('HTTPS_PROXY', 'http:/127.0.0.1:PROXY'), 'it has no host'],
  [
    'to a server without TLS',
    { cluster: { server: 'http://api.test:PLAIN' }, env: { HTTP_PROXY: 'http://u:p@127.0.0.1:PROXY' } }
  ]
])('kubectl and the plugin send the same through a proxy of the environment: %s', async ([, given, ours]) => {
  const { kubectl, plugin } = await both(wire, given)
  expect(plugin).toEqual(wanted(kubectl, ours))
})

test('an ftp proxy of the environment, to which kubectl speaks HTTP, is refused', async () => {
  const { plugin } = await both(wire, behindEnvironment('HTTPS_PROXY', 'ftp://127.0.0.1:PROXY'))
  expect(plugin).toMatchObject({ code: 1, seen: [] })
  expect(plugin.stderr).toContain('unsupported scheme "ftp"')
})
