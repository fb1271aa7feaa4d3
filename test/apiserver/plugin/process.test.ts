// The plugin as a process: signals, closed pipes, colours, and what check says of an API server without a mesh.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace, TO, virtualService } from './namespace.ts'
import { mirrorProcess, start } from './run.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'plugin-process'
const { run, apply, create, reset } = testNamespace(NAMESPACE)

beforeAll(create)
beforeEach(reset)

test('Ctrl-C between the writes of disable --all ends it with 130, and without a message for each that is left', async () => {
  const item = (name: string) => ({
    metadata: { name, namespace: NAMESPACE, annotations: { [TO]: 'v2' }, resourceVersion: '1', uid: name }
  })
  const asked: (string | undefined)[] = []
  const api = createHttpServer((request, response) => {
    asked.push(request.method)
    if (request.method === 'GET') response.end(JSON.stringify({ items: [item('a'), item('b')] }))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const { port } = api.address() as AddressInfo
  const { child, output } = start(NAMESPACE, 'disable', '--all', '--server', `http://127.0.0.1:${port}`)
  await until('a write', () => Promise.resolve(asked.includes('PATCH')))
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([130, null])
  expect(output).toEqual({ stdout: '', stderr: '' })
  api.close()
  api.closeAllConnections()
})

test('what a command asked for and need not know does not end it as an error', async () => {
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'a-b' }
  const annotations = { [TO]: 'v2', 'kubectl-mirror.dev/injected': 'httpbin/v2' }
  const stored = { metadata: { name: 'httpbin', namespace: NAMESPACE, annotations, ownerReferences: [owner] } }
  const api = createHttpServer((request, response) => {
    // Of Rollouts it never answers.
    if (request.url?.includes('/virtualservices/')) response.end(JSON.stringify({ ...virtualService(), ...stored }))
    else if (!request.url?.includes('/rollouts')) response.writeHead(404).end('{}')
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const { port } = api.address() as AddressInfo
  const server = ['--server', `http://127.0.0.1:${port}`, '--namespace', NAMESPACE]
  const { code, stdout, stderr } = await mirrorProcess(['status', 'vs/httpbin', '--no-headers', ...server])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('Owned')
  api.close()
  api.closeAllConnections()
})

test('Ctrl-C ends a request that never answers, with 130 and no message', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const { child, output } = start(NAMESPACE, 'status', '--server', `http://127.0.0.1:${port}`)
  await once(silent, 'connection')
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([130, null])
  expect(output).toEqual({ stdout: '', stderr: '' })
  silent.close()
})

test('a reader that has seen enough is no error', async () => {
  const { child, output } = start(NAMESPACE, 'render', '--help')
  child.stdout?.destroy()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(output.stderr).toBe('')
})

test.for<[Record<string, string>, boolean]>([
  [{}, false],
  [{ CLICOLOR_FORCE: '1' }, true],
  [{ CLICOLOR_FORCE: '1', NO_COLOR: '1' }, false]
])('a pipe gets colour only when told to: %o', async ([env, coloured]) => {
  const { stdout } = await mirrorProcess(['check', '--namespace', NAMESPACE], { env })
  expect(stdout.includes('\u001B[')).toBe(coloured)
})

test('check names what is missing, and each right that is', async () => {
  const { stdout, code } = await run('check')
  expect(code).toBe(1)
  expect(stdout).toMatch(/^failed +webhook +not installed\n +-> helm install /m)
  expect(stdout).toMatch(/^failed +injection /m)
  expect(stdout).toMatch(/^warning +sidecar injection +off in namespace plugin-process; /m)
  const denied = await run('check', '--as', 'nobody')
  expect(denied.stdout).toMatch(
    /^failed +permissions +you may not patch virtualservices in namespace plugin-process, /m
  )
  expect(denied.stdout).toMatch(/^unknown +webhook +mutatingwebhookconfigurations.* is forbidden/m)
})

test('check NAME names every cause of loss on the way', async () => {
  const byHand = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'byhand' },
    spec: {
      hosts: ['rival'],
      gateways: ['ingress', 'mesh'],
      http: [
        { match: [{ uri: { prefix: '/a' } }], redirect: { uri: '/b' }, mirror: { host: 'httpbin', subset: 'v2' } },
        {
          match: [{ uri: { prefix: '/c' } }],
          route: [{ destination: { host: 'httpbin', subset: 'v1' } }],
          mirror: { host: 'httpbin', subset: 'v2' },
          mirrorPercentage: {}
        },
        {
          route: [{ destination: { host: 'httpbin', subset: 'v1' } }],
          mirrors: [
            { destination: { host: 'gone' } },
            { destination: { host: 'httpbin', subset: 'v9' } },
            { destination: { host: 'httpbin', subset: 'v1' } },
            { destination: { host: 'httpbin', subset: 'v2' }, percentage: {} }
          ]
        }
      ]
    }
  }
  // The older one serves callers, or of one second the first by name: this one.
  await apply(byHand, virtualService('rival', {}))
  await kubectl(['-n', NAMESPACE, 'delete', 'pod', 'httpbin-v1', '--now'])
  const { stdout, code } = await run('check', 'byhand')
  expect(code).toBe(1)
  for (const line of [
    /^ok +annotation +ByHand: /m,
    /^failed +spec\.http\[0\] +mirrors, but redirects; .*\n +-> give it a route/m,
    /^failed +spec\.http\[1\] +copies 0 % of its requests\n +-> set mirrorPercentage\.value$/m,
    /^warning +spec\.http\[2\] +mirrors to v1, which is also live: it gets those requests twice\n +-> /m,
    /^warning +spec\.http\[2\]\.mirrors\[3\] +copies 0 % of the requests\n +-> /m,
    /^unknown +limits +websockets and other upgrades are not copied/m,
    /^warning +hosts +other VirtualServices serve rival, too: plugin-process\/rival, but callers in plugin-process use only this one$/m,
    /^failed +live v1 +no pod has the labels app=httpbin,version=v1\n +-> kubectl get pods /m,
    /^failed +mirror gone +destination gone: namespace plugin-process sees no Service or ServiceEntry gone\.plugin-process\.svc\.cluster\.local, so copies go nowhere/m,
    /^failed +mirror v9 +destination httpbin\/v9: no DestinationRule .* use one of "v1", "v2"$/m
  ]) {
    expect(stdout).toMatch(line)
  }
})
