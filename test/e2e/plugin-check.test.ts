// `kubectl mirror check --probe` on a real mesh: it proves that copies arrive, and names why they do not.
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Ended } from './command.ts'
import { startKubectl } from './kubectl.ts'
import { openMesh, type Mesh } from './mesh.ts'

const NAMESPACE = 'e2e-check'
let mesh: Mesh
let sleep: string

beforeAll(async () => {
  mesh = await openMesh(NAMESPACE)
  sleep = await mesh.kubectl(['get', 'pods', '--selector', 'app=sleep', '-o', 'jsonpath={.items[0].metadata.name}'])
})
afterAll(() => mesh?.close())

function check(...args: readonly string[]): Promise<Ended> {
  return startKubectl(['mirror', 'check', 'httpbin', '--namespace', NAMESPACE, ...args]).ended
}

async function enable(...args: readonly string[]): Promise<void> {
  await mesh.kubectl(['mirror', 'enable', 'httpbin', '--direct', '--replace', ...args])
}

test('every link holds, and a request and its copy are found in both versions', async () => {
  await enable('--to', 'v2')
  await mesh.settle(true)
  const { code, stdout } = await check('--probe', sleep)
  expect(stdout).toMatch(/^ok +annotation +Active: v1 -> httpbin\/v2=100$/m)
  expect(stdout).toMatch(/^ok +mirror v2 +1 of 1 pod ready \(app=httpbin,version=v2\)$/m)
  expect(stdout).toMatch(/^ok +probe +GET http:\/\/httpbin:8000\/ from \S+: response 200$/m)
  expect(stdout).toMatch(/^ok +arrival at v1 +the request is in the log of httpbin-v1-/m)
  expect(stdout).toMatch(/^ok +arrival at v2 +its copy is in the log of httpbin-v2-/m)
  expect(code).toBe(0)
})

test('the probe is a request that the mirrored rule takes, as often as the percentage needs', async () => {
  await enable('--to', 'v2=20', '--method', 'POST', '--header', 'x-user=beta')
  await mesh.settle(false)
  const { code, stdout } = await check('--probe', sleep, '--path', '/anything')
  expect(stdout).toMatch(/^ok +probe +POST http:\/\/httpbin:8000\/anything from \S+, 31 times: response 200$/m)
  expect(stdout).toMatch(/^ok +arrival at v2 /m)
  expect(code).toBe(0)
})

test('a caller without a sidecar is why nothing is copied', async () => {
  await mesh.kubectl([
    'run',
    'outside',
    `--image=${inject('images').application}`,
    '--annotations=sidecar.istio.io/inject=false',
    '--labels=sidecar.istio.io/inject=false',
    '--command',
    '--',
    'sleep',
    '600'
  ])
  const { code, stdout } = await check('--probe', 'outside')
  expect(stdout).toMatch(/^failed +probe +pod outside has no sidecar, so its requests are not mirrored$/m)
  expect(code).toBe(1)
})

test('no pod behind the target is why nothing arrives', async () => {
  await enable('--to', 'v2')
  await mesh.kubectl(['scale', 'deploy/httpbin-v2', '--replicas=0'])
  await mesh.kubectl(['wait', '--for=delete', 'pods', '--selector', 'app=httpbin,version=v2', '--timeout=60s'])
  const { code, stdout } = await check()
  expect(stdout).toMatch(/^failed +mirror v2 +no pod has the labels app=httpbin,version=v2$/m)
  expect(code).toBe(1)
})

test('a subset that does not exist is named, with those that there are', async () => {
  await enable('--to', 'v9')
  const { code, stdout } = await check('--probe', sleep)
  expect(stdout).toMatch(/^failed +mirror v9 +destination httpbin\/v9: no DestinationRule .* use one of "v1", "v2"$/m)
  expect(stdout).toMatch(/^ok +arrival at v1 /m)
  expect(code).toBe(1)
})
