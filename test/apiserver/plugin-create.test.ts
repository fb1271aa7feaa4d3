// enable --create, and what takes it back, against a real API server.
import { beforeEach, expect, test } from 'vitest'
import { createPod, SERVICE } from './plugin-namespace.ts'
import { apply, kubectl, kubectlOrThrow, mirror } from './plugin-run.ts'

const NAMESPACE = 'plugin-create'

beforeEach(async () => {
  await kubectl(['create', 'namespace', NAMESPACE])
  await kubectlOrThrow(['-n', NAMESPACE, 'delete', 'virtualservices,destinationrules,pods', '--all', '--now'])
  await apply(NAMESPACE, SERVICE)
})

const enable = (...args: string[]) =>
  mirror(['enable', 'httpbin', '--create', '--direct', '-n', NAMESPACE, '--to', ...args])

const makePod = (version: string, ready = true) => createPod(NAMESPACE, version, ready)

async function made(): Promise<string> {
  return kubectlOrThrow(['-n', NAMESPACE, 'get', 'virtualservices,destinationrules', '-o', 'name'])
}

test('makes both objects from the labels of the pods, and disable --created takes them away', async () => {
  await makePod('v1')
  await makePod('V2.1', false)
  expect((await enable('v3')).stderr).toBe(
    'error: no pod of Service httpbin has label version=v3; they have v1, v2-1\n'
  )
  const { code, stdout } = await enable('v2-1')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `virtualservice.networking.istio.io/httpbin mirrored (v1 -> v2-1, 100%)
Made VirtualService and DestinationRule httpbin: every request to httpbin is answered by v1 from now on.
They go with: kubectl mirror disable httpbin --created -n plugin-create
`
  })
  const path = 'jsonpath={.spec.subsets}'
  const subsets = await kubectlOrThrow(['-n', NAMESPACE, 'get', 'destinationrule', 'httpbin', '-o', path])
  expect(JSON.parse(subsets)).toEqual([
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'v2-1', labels: { version: 'V2.1' } }
  ])
  expect((await mirror(['disable', 'httpbin', '--created', '-n', NAMESPACE])).stdout).toBe(
    'virtualservice.networking.istio.io "httpbin" deleted\ndestinationrule.networking.istio.io "httpbin" deleted\n'
  )
  expect(await made()).toBe('')
})

test('sends no live request to a subset that an existing DestinationRule does not make', async () => {
  await makePod('v1')
  await makePod('v2')
  const rule = (...names: string[]) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'own' },
    spec: { host: 'httpbin', subsets: names.map((name) => ({ name, labels: { version: name } })) }
  })
  await apply(NAMESPACE, rule('stable', 'canary'))
  const { code, stderr } = await enable('v2')
  expect(code).toBe(1)
  expect(stderr).toBe(
    'error: a DestinationRule makes subsets "stable", "canary" for Service httpbin, and none for "v1", "v2"; add them there, or write the VirtualService by hand\n'
  )
  expect(await made()).toBe('destinationrule.networking.istio.io/own\n')
  await apply(NAMESPACE, rule('v1', 'v2'))
  expect((await enable('v2')).stdout).toContain('Made VirtualService httpbin: ')
})

test('sends no live request to a version of which no pod is ready', async () => {
  await makePod('v1', false)
  await makePod('v2')
  expect((await enable('v2')).stderr).toBe('error: no version but the target has a ready pod that could answer\n')
  expect((await enable('v2', '--from', 'v1')).stderr).toBe('error: no pod of version v1 is ready to answer\n')
  expect(await made()).toBe('')
})

test('--wait gives up at once where no time will bring a pod', async () => {
  await makePod('v1')
  await makePod('v2')
  const { code, stderr } = await enable('elsewhere/', '--from', 'v1', '--wait', '--timeout', '10m')
  expect(code).toBe(1)
  expect(stderr).toMatch(/error: cannot wait for a ready pod of elsewhere: .*; the mirror stays enabled\n$/)
})
