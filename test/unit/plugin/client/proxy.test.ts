// Which proxy of the environment is used for which server: as Go decides, not as Node does.
import { expect, test } from 'vitest'
import { chooseProxy } from '../../../../plugin/client/proxy.ts'

const PROXY = 'http://proxy:3128/'

/** [what, server, NO_PROXY, is the proxy used] */
test.for<[string, string, string, boolean]>([
  ['no exception', 'https://api.example.com', '', true],
  ['everything', 'https://api.example.com', 'x,*', false],
  ['a name', 'https://api.example.com', 'api.example.com', false],
  ['a name above it', 'https://api.example.com', 'example.com', false],
  ['a name that only ends alike', 'https://api.badexample.com', 'example.com', true],
  ['a domain with its dot', 'https://api.example.com', '.example.com', false],
  ['which does not take the domain itself', 'https://example.com', '.example.com', true],
  ['a star is a dot', 'https://example.com', '*.example.com', true],
  ['a star', 'https://a.example.com', '*.example.com', false],
  ['in other letters, with spaces', 'https://api.example.com', 'x , API.Example.COM ', false],
  ['its port', 'https://api.example.com:6443', 'example.com:6443', false],
  ['another port', 'https://api.example.com:6443', 'example.com:443', true],
  ['the default port', 'https://api.example.com', 'example.com:443', false],
  ['an address', 'https://10.1.2.3:6443', '10.1.2.3', false],
  ['an address with its port', 'https://10.1.2.3:6443', '10.1.2.3:6443', false],
  ['a block', 'https://10.1.2.3:6443', '10.0.0.0/8', false],
  ['another block', 'https://10.1.2.3:6443', '192.168.0.0/16', true],
  ['no block', 'https://10.1.2.3:6443', '10.0.0.0/99', true],
  ['a block without its size', 'https://10.1.2.3:6443', '10.0.0.0/', true],
  ['a port alone', 'https://10.1.2.3:6443', ':6443', true],
  ['an IPv6 block', 'https://[fd00::1]:6443', 'fd00::/8', false],
  ['an IPv6 address', 'https://[fd00::1]:6443', '[fd00::1]:6443,fd00::2', false],
  ['an IPv6 address as it is', 'https://[fd00::2]:6443', 'fd00::2', false],
  ['an address is no name', 'https://10.1.2.3', '3', true],
  ['this machine', 'https://localhost:6443', '', false],
  ['this machine by address', 'https://127.0.0.9:6443', '', false],
  ['this machine by IPv6', 'https://[::1]:6443', '', false]
])('NO_PROXY: %s', ([, server, exceptions, isUsed]) => {
  const env = { HTTPS_PROXY: PROXY, NO_PROXY: exceptions }
  expect(chooseProxy(new URL(server), undefined, env)?.href).toBe(isUsed ? PROXY : undefined)
})

test.for<[string, Record<string, string>, string | undefined]>([
  ['https://api', { https_proxy: PROXY }, PROXY],
  ['https://api', { HTTPS_PROXY: PROXY, https_proxy: 'http://other' }, PROXY],
  ['https://api', { HTTP_PROXY: PROXY }, undefined],
  ['http://api', { HTTP_PROXY: PROXY }, PROXY],
  ['http://api', { HTTPS_PROXY: PROXY }, undefined],
  ['https://api', { HTTPS_PROXY: 'proxy:3128' }, PROXY],
  ['https://api', { HTTPS_PROXY: 'socks5://proxy:1080' }, 'socks5://proxy:1080'],
  ['https://api', { HTTPS_PROXY: 'SOCKS5H://proxy:1080' }, 'socks5h://proxy:1080'],
  ['https://api', { HTTPS_PROXY: 'HTTP://Proxy:3128' }, PROXY],
  ['https://api', { HTTPS_PROXY: 'me:pass@proxy:3128' }, 'http://me:pass@proxy:3128/'],
  ['https://api', { ALL_PROXY: PROXY }, undefined],
  ['https://api', { HTTPS_PROXY: PROXY, no_proxy: 'api' }, undefined]
])('%s with %o', ([server, env, expected]) => {
  expect(chooseProxy(new URL(server), undefined, env)?.href).toBe(expected)
})

test.for([
  'ftp://me:secret@proxy:3128',
  '//me:secret@proxy:3128',
  'http:/me:secret@proxy:3128',
  ' http://me:secret@proxy:3128',
  'http://me:secret@proxy:port',
  'http://'
])('a proxy that cannot be used is refused, not left out, and its password not shown: %s', (proxy) => {
  const choose = () => chooseProxy(new URL('https://api'), undefined, { HTTPS_PROXY: proxy })
  expect(choose).toThrow(/^invalid proxy address/)
  expect(choose).not.toThrow(/secret/)
  expect(() => chooseProxy(new URL('https://api'), proxy, {})).toThrow(/^invalid proxy address/)
})
