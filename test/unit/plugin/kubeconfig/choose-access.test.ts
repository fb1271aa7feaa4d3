// Which cluster, user and namespace are chosen where no kubeconfig is at hand.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseAccess } from '../../../../plugin/kubeconfig/choose-access.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-mirror-access-'))
  writeFileSync(join(folder, 'namespace'), 'shop\n')
  writeFileSync(join(folder, 'ca.crt'), '')
  writeFileSync(join(folder, 'token'), 'its own')
})
afterAll(() => rmSync(folder, { recursive: true }))

const NO_FILE = { KUBECONFIG: join(tmpdir(), 'no-such-kubeconfig') }
const IN_POD = { ...NO_FILE, KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }

test('inside a pod its service account is taken, and its namespace', async () => {
  const { cluster, user, namespace } = await chooseAccess({}, IN_POD, folder)
  expect(cluster).toEqual({ server: 'https://10.0.0.1:443', 'certificate-authority': join(folder, 'ca.crt') })
  expect(user).toEqual({ tokenFile: join(folder, 'token') })
  expect(namespace).toBe('shop')
})

test('there, too, flags win', async () => {
  const flags = { namespace: 'other', token: 'mine', insecureSkipTlsVerify: true }
  const { cluster, user, namespace } = await chooseAccess(flags, IN_POD, folder)
  expect(user).toEqual({ token: 'mine' })
  expect(cluster).toMatchObject({ 'insecure-skip-tls-verify': true, 'certificate-authority': '' })
  expect(namespace).toBe('other')
})

test('an IPv6 server is put in brackets', async () => {
  const { cluster } = await chooseAccess({}, { ...IN_POD, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder)
  expect(cluster.server).toBe('https://[fd00::1]:443')
})

test.for([
  ['outside a pod', NO_FILE, {}, 'default'],
  ['a server is named', IN_POD, { server: 'https://mine:6443' }, 'shop']
] as const)('no service account is taken when %s', async ([, env, flags, expected]) => {
  const { user, namespace } = await chooseAccess(flags, env, folder)
  expect(user).toEqual({})
  expect(namespace).toBe(expected)
})

test('a pod that mounts no token has no service account', async () => {
  const { cluster, user, namespace } = await chooseAccess({}, IN_POD, join(folder, 'not-mounted'))
  expect([cluster.server, user, namespace]).toEqual(['http://localhost:8080', {}, 'default'])
})

test.for([
  ['POD_NAMESPACE, which kubectl reads first', false, {}, 'from-the-pod'],
  ['POD_NAMESPACE beside a kubeconfig without a namespace', true, {}, 'from-the-pod'],
  ['its own flag', false, { namespace: 'other' }, 'other']
] as const)('in a pod the namespace is that of %s', async ([, kubeconfig, flags, expected]) => {
  const file = join(folder, 'kubeconfig')
  const cluster = { name: 'c', cluster: { server: 'https://c:6443' } }
  const context = { name: 'x', context: { cluster: 'c' } }
  writeFileSync(file, JSON.stringify({ clusters: [cluster], contexts: [context], 'current-context': 'x' }))
  const env = { ...IN_POD, POD_NAMESPACE: 'from-the-pod', ...(kubeconfig && { KUBECONFIG: file }) }
  const access = await chooseAccess(flags, env, folder)
  expect(access.namespace).toBe(expected)
  expect(access.cluster.server).toBe(kubeconfig ? 'https://c:6443' : 'https://10.0.0.1:443')
})
