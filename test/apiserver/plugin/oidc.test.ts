// OpenID Connect tokens that have expired, refreshed beside kubectl at an identity provider that rotates refresh tokens.
import { readFile, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { folderWith, tryKubectl, mirror, type Ended } from './run.ts'
import { makeChain, type Chain } from './wire-chain.ts'
import { serverAccess } from '../ask.ts'
import { kubectl } from '../own-server.ts'

const NAMESPACE = 'plugin-oidc'
const { create, reset } = testNamespace(NAMESPACE)
let provider: Server
/** The same with TLS, and the chain that it shows. */
let secured: https.Server
let chain: Chain
/** What the API server takes; the provider gives it for the refresh token that is due. */
let idToken: string
let due: number
/** How the provider wants clients to name themselves. */
let takes: (authorization: string | undefined, form: URLSearchParams) => boolean = () => true

beforeAll(async () => {
  await create()
  await reset()
  await kubectl(['-n', NAMESPACE, 'create', 'serviceaccount', 'oidc'])
  await kubectl([
    '-n',
    NAMESPACE,
    'create',
    'rolebinding',
    'oidc',
    '--clusterrole=cluster-admin',
    `--serviceaccount=${NAMESPACE}:oidc`
  ])
  idToken = (await kubectl(['-n', NAMESPACE, 'create', 'token', 'oidc'])).trim()
  const answer: RequestListener = (request, response) => {
    let form = ''
    request.on('data', (chunk: Buffer) => (form += chunk.toString()))
    request.on('end', () => {
      const own = { token_endpoint: `${issuerOf(request.socket)}/token` }
      const [status, body] = request.method === 'GET' ? [200, own] : exchange(form, request.headers)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  }
  chain = await makeChain()
  provider = createServer(answer)
  secured = https.createServer({ cert: `${chain.leaf}\n${chain.intermediate}`, key: chain.key }, answer)
  await Promise.all([provider, secured].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
})
afterAll(() => {
  provider.close()
  secured.close()
})

function issuerOf(socket: Socket): string {
  return `${socket instanceof TLSSocket ? 'https' : 'http'}://127.0.0.1:${socket.localPort}`
}

function exchange(form: string, { authorization }: IncomingHttpHeaders): [number, object] {
  if (!takes(authorization, new URLSearchParams(form))) return [401, { error: 'invalid_client' }]
  if (!form.includes(`refresh_token=token-${due}`)) return [400, { error: 'invalid_grant' }]
  due++
  return [200, { id_token: idToken, refresh_token: `token-${due}`, token_type: 'bearer', access_token: 'unused' }]
}

const PLAIN = `        id-token: ID
        refresh-token: REFRESH
`
const EXPIRED = `e30.${Buffer.from('{"exp":1000000000}').toString('base64url')}.e30`

async function kubeconfig(token: string, trust = '', style = PLAIN): Promise<string> {
  const { server, authority } = await serverAccess()
  const { port } = (trust ? secured : provider).address() as AddressInfo // each listens on TCP
  return folderWith({
    config: `# mine
apiVersion: v1
kind: Config
current-context: main
clusters:
- name: main
  cluster: {server: '${server}', certificate-authority-data: ${authority.toString('base64')}}
contexts:
- name: main
  context: {cluster: main, user: somebody, namespace: ${NAMESPACE}}
users:
- name: somebody # who
  user:
    auth-provider:
      name: oidc
      config:
        client-id: kubernetes
        idp-issuer-url: http${trust && 's'}://127.0.0.1:${port}
${trust}${style.replace('ID', EXPIRED).replace('REFRESH', token)}`
  })
}

const status = (folder: string) => mirror(['status', 'httpbin'], { env: { KUBECONFIG: join(folder, 'config') } })
const get = (folder: string) =>
  tryKubectl(['get', 'virtualservice', 'httpbin'], { env: { KUBECONFIG: join(folder, 'config') } })

test.for<[string, (folder: string) => Promise<Ended>]>([
  ['kubectl', get],
  ['the plugin', status]
])('what %s refreshes, the other can use', async ([, first]) => {
  due = 1
  const folder = await kubeconfig('token-1')
  expect(await first(folder)).toMatchObject({ code: 0 })
  expect(due).toBe(2)
  const written = await readFile(join(folder, 'config'), 'utf8')
  expect(written).toContain('refresh-token: token-2')
  expect(written).toContain(`id-token: ${idToken}`)
  expect((await get(folder)).code).toBe(0)
  expect((await status(folder)).code).toBe(0)
  expect(due, 'the new token is valid, so neither refreshed again').toBe(2)
  await rm(folder, { recursive: true })
})

test('only the tokens are changed in the file', async () => {
  due = 1
  const folder = await kubeconfig('token-1')
  const before = await readFile(join(folder, 'config'), 'utf8')
  await status(folder)
  const after = await readFile(join(folder, 'config'), 'utf8')
  expect(after).toBe(before.replace(EXPIRED, idToken).replace('token-1', 'token-2'))
  await rm(folder, { recursive: true })
})

test('a refresh token that is no longer good ends in a message, with the file as it was', async () => {
  due = 9
  const folder = await kubeconfig('token-1')
  const before = await readFile(join(folder, 'config'), 'utf8')
  const [ours, theirs] = [await status(folder), await get(folder)]
  expect(ours.code).toBe(theirs.code)
  expect(ours.stderr).toMatch(/failed to refresh token: .*invalid_grant/)
  expect(await readFile(join(folder, 'config'), 'utf8')).toBe(before)
  await rm(folder, { recursive: true })
})

test.for<[string, typeof takes]>([
  ['the header', (authorization, form) => authorization === `Basic ${btoa('kubernetes:')}` && !form.has('client_id')],
  [
    'the form',
    (authorization, form) => !authorization && form.get('client_id') === 'kubernetes' && !form.has('client_secret')
  ]
])('a provider that takes a client without a secret in %s gets it there', async ([, wanted]) => {
  takes = wanted
  try {
    for (const refresh of [get, status]) {
      due = 1
      const folder = await kubeconfig('token-1')
      expect(await refresh(folder)).toMatchObject({ code: 0 })
      await rm(folder, { recursive: true })
    }
  } finally {
    takes = () => true
  }
})

test.for<[string, (made: Chain) => string, number]>([
  ['its root', ({ root }) => root, 0],
  ['an intermediate', ({ intermediate }) => intermediate, 0],
  ['its own certificate, pinned', ({ leaf }) => leaf, 0],
  ['its key, which certifies nothing', ({ key }) => key, 1]
])('an identity provider that is trusted by %s', async ([, pem, code]) => {
  for (const refresh of [get, status]) {
    due = 1
    const trust = `        idp-certificate-authority-data: ${Buffer.from(pem(chain)).toString('base64')}\n`
    const folder = await kubeconfig('token-1', trust)
    expect(await refresh(folder)).toMatchObject({ code })
    await rm(folder, { recursive: true })
  }
})

test.for([
  ['blocks', '        id-token: >-\n          ID\n        refresh-token: |\n          REFRESH'],
  ['quotes', `        id-token: "ID"\n        refresh-token: 'REFRESH'`],
  ['an anchor', '        id-token: &t ID\n        refresh-token: REFRESH\n- name: other\n  user: {token: *t}'],
  ['a merge key', '        <<: {id-token: ID, refresh-token: REFRESH}']
])('kubectl reads the tokens that the plugin wrote, and all else as it was: %s', async ([, style]) => {
  due = 1
  const folder = await kubeconfig('token-1', '', `${style}\n`)
  const view = async () => {
    const config = ['config', 'view', '--raw', '-o', 'json', '--kubeconfig', join(folder, 'config')]
    return JSON.parse(await kubectl(config)) as { users: { name: string; user: Provided }[] }
  }
  const before = await view()
  expect(await status(folder)).toMatchObject({ code: 0 })
  const { user } = before.users.find(({ name }) => name === 'somebody')!
  Object.assign(user['auth-provider'].config, { 'id-token': idToken, 'refresh-token': 'token-2' })
  expect(await view()).toEqual(before)
  await rm(folder, { recursive: true })
})

interface Provided {
  readonly 'auth-provider': { readonly config: object }
}
