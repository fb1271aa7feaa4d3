// status and --create against a real API server.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { SERVICE, TO, testNamespace, virtualService } from './plugin-namespace.ts'
import { apply as applyIn, kubectlOrThrow, mirror } from './plugin-run.ts'

const { run, apply, create, reset } = testNamespace('plugin-status')

beforeAll(create)
beforeEach(reset)

test('status tells each state, in columns, as JSON and by template', async () => {
  await run('enable', 'httpbin', '--to', 'v2=25', '--method', 'GET', '--for', '2h', '--direct')
  await apply(virtualService('asked', { annotations: { [TO]: 'v2' } }))
  await apply(virtualService('wrong', { annotations: { [TO]: 'v2=0' } }))
  await apply(
    virtualService('over', { annotations: { [TO]: 'v2', 'kubectl-mirror.dev/until': '2020-01-01T00:00:00Z' } })
  )
  const { stdout } = await run('status', '-o', 'wide')
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((row) => row.split(/ {3,}/))
  expect(rows.map((row) => row.slice(0, 8))).toEqual([
    ['NAME', 'FROM', 'TO', 'PERCENT', 'ONLY', 'STATE', 'EXPIRES', 'RULES'],
    ['asked', 'v1', 'v2', '100', '<all>', 'Not injected', '<never>', '0/2'],
    ['httpbin', 'v1', 'v2', '25', 'GET', 'Active', expect.stringMatching(/^(2h|1h59m)$/), '1/2'],
    ['over', '<none>', 'v2', '100', '<all>', 'Expired', 'over', '0/2'],
    ['wrong', '<none>', '<none>', '<none>', '<all>', 'Invalid', '<never>', '0/2']
  ])
  const json = JSON.parse((await run('status', '-o', 'json')).stdout) as { items: unknown[] }
  expect(json.items[1]).toMatchObject({ name: 'httpbin', to: ['httpbin/v2=25'], filter: 'GET', state: 'Active' })
  const names = await run('status', '-o', 'jsonpath={range .items[*]}{.name}={.state}{"\\n"}{end}')
  expect(names.stdout).toBe('asked=Not injected\nhttpbin=Active\nover=Expired\nwrong=Invalid\n')
})

test('--create makes both objects from the labels of the pods, and disable --created takes them away', async () => {
  const own = 'plugin-create'
  await kubectlOrThrow(['create', 'namespace', own])
  const pod = (version: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `httpbin-${version.toLowerCase()}`, labels: { app: 'httpbin', version } },
    spec: { containers: [{ name: 'httpbin', image: 'httpbin' }] }
  })
  await applyIn(own, SERVICE, pod('v1'), pod('V2.1'))
  const enable = (...args: string[]) => mirror(['enable', 'httpbin', '--create', '--direct', '-n', own, ...args])
  expect((await enable('--to', 'v3')).stderr).toBe(
    'error: no pod of Service httpbin has label version=v3; they have v1, v2-1\n'
  )
  const { code, stdout } = await enable('--to', 'v2-1')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `virtualservice.networking.istio.io/httpbin mirrored (v1 -> v2-1, 100%)
Made VirtualService and DestinationRule httpbin: every request to httpbin is answered by v1 from now on.
They go with: kubectl mirror disable httpbin --created
`
  })
  const subsets = await kubectlOrThrow([
    '-n',
    own,
    'get',
    'destinationrule',
    'httpbin',
    '-o',
    'jsonpath={.spec.subsets}'
  ])
  expect(JSON.parse(subsets)).toEqual([
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'v2-1', labels: { version: 'V2.1' } }
  ])
  expect((await mirror(['disable', 'httpbin', '--created', '-n', own])).stdout).toBe(
    'virtualservice.networking.istio.io "httpbin" deleted\ndestinationrule.networking.istio.io "httpbin" deleted\n'
  )
  expect(await kubectlOrThrow(['-n', own, 'get', 'virtualservices,destinationrules', '-o', 'name'])).toBe('')
})
