// enable --create, and what takes it back, against a real API server.
import { once } from 'node:events'
import { beforeEach, expect, test } from 'vitest'
import { createPod, SERVICE } from './namespace.ts'
import { apply, tryKubectl, mirror, start } from './run.ts'
import { ask, collection } from '../ask.ts'
import { clear, makeNamespace } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'plugin-create'

beforeEach(async () => {
  await makeNamespace(NAMESPACE)
  await clear(NAMESPACE, 'virtualservices', 'destinationrules', 'pods')
  await apply(NAMESPACE, SERVICE)
})

const enable = (...args: string[]) =>
  mirror(['enable', 'httpbin', '--create', '--direct', '-n', NAMESPACE, '--to', ...args])

const makePod = (version: string, ready = true) => createPod(NAMESPACE, version, ready)

/** As a kubelet would write it. */
async function status(version: string, value: object): Promise<void> {
  const path = `${collection(NAMESPACE, 'v1', 'pods')}/httpbin-${version}/status`
  await ask(path, 'PATCH', { status: value }, 'merge-patch+json')
}

function waiting(reason: string): object {
  const rest = { image: 'httpbin', imageID: '', ready: false, restartCount: 0 }
  return { name: 'httpbin', state: { waiting: { reason } }, ...rest }
}

async function made(): Promise<string> {
  return kubectl(['-n', NAMESPACE, 'get', 'virtualservices,destinationrules', '-o', 'name'])
}

test('makes both objects from the labels of the pods, and disable --created deletes them', async () => {
  await makePod('v1')
  await makePod('V2.1', false)
  expect((await enable('v3')).stderr).toBe(
    'error: no pod of Service httpbin has label version=v3; they have v1, v2-1\n'
  )
  const { code, stdout } = await enable('v2-1')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `virtualservice.networking.istio.io/httpbin mirrored (v1 -> v2-1, 100%)
Created VirtualService and DestinationRule httpbin: v1 now answers every request.
To undo this: kubectl mirror disable httpbin --created -n plugin-create
`
  })
  const why = 'pod httpbin-v2.1: no kubelet has started it yet'
  const state = await mirror(['status', 'httpbin', '-n', NAMESPACE, '-o', 'jsonpath={.state.code}: {.state.message}'])
  expect(state.stdout).toBe(`TargetNotReady: no pod of v2-1 is ready (app=httpbin,version=V2.1): ${why}`)
  expect((await mirror(['check', 'httpbin', '-n', NAMESPACE])).stdout).toContain(`no pod is ready: ${why}\n`)
  const path = 'jsonpath={.spec.subsets}'
  const subsets = await kubectl(['-n', NAMESPACE, 'get', 'destinationrule', 'httpbin', '-o', path])
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
    'error: the DestinationRule of Service httpbin has subsets "stable", "canary", but not "v1", "v2"; add what is missing, or write the VirtualService by hand\n'
  )
  expect(await made()).toBe('destinationrule.networking.istio.io/own\n')
  await apply(NAMESPACE, rule('v1', 'v2'))
  expect((await enable('v2')).stdout).toContain('Created VirtualService httpbin: ')
})

test('sends no live request to a version of which no pod is ready, and says which pods are not, and why', async () => {
  await makePod('v1', false)
  await makePod('v2')
  await status('v1', { phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] })
  const why = 'pod httpbin-v1: container httpbin waits: ImagePullBackOff'
  expect((await enable('v2')).stderr).toBe(
    `error: no version other than the target has a ready pod: ${why}; add --wait to wait for it\n`
  )
  expect((await enable('v2', '--from', 'v1')).stderr).toBe(
    `error: version v1 has no ready pod: ${why}; add --wait to wait for it\n`
  )
  expect((await enable('v2', '--wait', '--timeout', '1s')).stderr).toBe(
    `error: timed out, nothing was created: no version other than the target has a ready pod: ${why}\n`
  )
  await kubectl(['-n', NAMESPACE, 'delete', 'pod', 'httpbin-v1', '--now'])
  expect((await enable('v2', '--wait')).stderr).toBe(
    'error: Service httpbin has only pods of the target (v2); start another version to be the live one\n'
  )
  expect(await made()).toBe('')
})

test('--wait waits for the pod that is to answer, then for the target', async () => {
  await makePod('v1', false)
  await makePod('v2', false)
  const running = start(NAMESPACE, 'enable', 'httpbin', '--create', '--direct', '--to', 'v2', '--wait')
  const ended = once(running.child, 'close')
  await new Promise((resolve) => void setTimeout(resolve, 1500))
  expect({ ...running.output, made: await made() }).toEqual({ stdout: '', stderr: '', made: '' })
  await makePod('v1')
  await until('it is made', async () => (await made()).includes('virtualservice'))
  expect(running.child.exitCode, 'the target is not ready').toBe(null)
  await makePod('v2')
  expect(await ended).toEqual([0, null])
})

test('several versions of which none is ready: no time tells which is to answer', async () => {
  await makePod('v1', false)
  await makePod('v2')
  await makePod('v3', false)
  const { stderr } = await enable('v2', '--wait')
  expect(stderr).toBe(
    'error: no version other than the target has a ready pod: pod httpbin-v1: no kubelet has started it yet; ' +
      'pod httpbin-v3: no kubelet has started it yet; choose one with --from, and add --wait\n'
  )
})

test('a target is a version of the Service in any spelling of it', async () => {
  await makePod('v1')
  await makePod('v2')
  for (const target of ['v9', 'httpbin/v9', `httpbin.${NAMESPACE}.svc.cluster.local/v9`]) {
    expect((await enable(target, '--from', 'v1')).stderr).toBe(
      'error: no pod of Service httpbin has label version=v9; they have v1, v2\n'
    )
  }
})

test('a second enable replaces the first, its end and its conditions, too', async () => {
  await makePod('v1')
  await makePod('v2')
  await enable('v2', '--for', '1h', '--method', 'GET')
  const again = await enable('v2', '--replace')
  expect(again).toMatchObject({ code: 0, stderr: expect.not.stringContaining('stays') as unknown })
  expect(again.stdout).toContain('  changed: methods: GET -> all\n')
  const path = 'jsonpath={.metadata.annotations}'
  const annotations = await kubectl(['-n', NAMESPACE, 'get', 'virtualservice', 'httpbin', '-o', path])
  expect(JSON.parse(annotations)).toEqual({
    'kubectl-mirror.dev/to': 'v2',
    'kubectl-mirror.dev/injected': 'httpbin/v2=100'
  })
  expect((await mirror(['disable', 'httpbin', '--created', '-n', NAMESPACE])).code).toBe(0)
})

test.for(['none', 'client', 'server'])('-o shows all that is made, as one document: --dry-run=%s', async (mode) => {
  await makePod('v1')
  await makePod('v2')
  const shown = async (format: string) => {
    const { code, stderr, stdout } = await enable('v2', `--dry-run=${mode}`, '-o', format)
    // What no dry run has made has no limits that could be looked up.
    const hazard: unknown = mode === 'none' ? expect.stringMatching(/^Warning: .* has no limits[^\n]*\n$/) : ''
    expect({ code, stderr }).toEqual({ code: 0, stderr: hazard })
    await clear(NAMESPACE, 'virtualservices', 'destinationrules')
    return stdout
  }
  const names = 'destinationrule.networking.istio.io/httpbin\nvirtualservice.networking.istio.io/httpbin\n'
  expect(await shown('name')).toBe(names)
  expect(await shown('jsonpath={.items[*].kind}')).toBe('DestinationRule VirtualService')
  for (const format of ['json', 'yaml']) {
    const read = await tryKubectl(['create', '--dry-run=client', '-n', NAMESPACE, '-f', '-', '-o', 'name'], {
      input: await shown(format)
    })
    expect(read, format).toEqual({ code: 0, stderr: '', stdout: names })
  }
})

test('where there is a Service alone, enable says that --create makes the rest', async () => {
  const { code, stderr } = await mirror(['enable', 'httpbin', '--to', 'v2', '-n', NAMESPACE])
  expect(code).toBe(1)
  expect(stderr).toBe(
    'Error from server (NotFound): virtualservices.networking.istio.io "httpbin" not found\n' +
      'There is a Service httpbin: add --create to make a VirtualService and a DestinationRule for it\n'
  )
  const { stderr: without } = await mirror(['enable', 'other', '--to', 'v2', '-n', NAMESPACE])
  expect(without).toBe('Error from server (NotFound): virtualservices.networking.istio.io "other" not found\n')
})

test('--wait gives up at once where no time will bring a pod', async () => {
  await makePod('v1')
  await makePod('v2')
  const { code, stderr } = await enable('elsewhere/', '--from', 'v1', '--wait', '--timeout', '10m')
  expect(code).toBe(1)
  expect(stderr).toMatch(/error: cannot wait for a ready pod of elsewhere: .*; the mirror stays enabled\n$/)
})
