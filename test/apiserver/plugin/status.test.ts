// status against a real API server.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { TO, testNamespace, virtualService } from './namespace.ts'
import { kubectl } from '../own-server.ts'

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
    ['asked', 'v1', 'v2', '100', '<all>', 'NotInjected', '<never>', '0/2'],
    ['httpbin', 'v1', 'v2', '25', 'GET', 'Active', expect.stringMatching(/^(2h|1h59m)$/), '1/2'],
    ['over', '<none>', 'v2', '100', '<all>', 'Expired', 'over', '0/2'],
    ['wrong', '<none>', '<none>', '<none>', '<all>', 'Invalid', '<never>', '0/2']
  ])
  const json = JSON.parse((await run('status', '-o', 'json')).stdout) as { items: unknown[] }
  expect(json.items[1]).toMatchObject({
    name: 'httpbin',
    to: ['httpbin/v2=25'],
    filter: 'GET',
    state: { code: 'Active' }
  })
  const names = await run('status', '-o', 'jsonpath={range .items[*]}{.name}={.state.code}{"\\n"}{end}')
  expect(names.stdout).toBe('asked=NotInjected\nhttpbin=Active\nover=Expired\nwrong=Invalid\n')
})

test('a program that asks for what is not there gets an empty List', async () => {
  const empty = { apiVersion: 'v1', kind: 'List', items: [] }
  const all = await run('status', '-o', 'json')
  expect({ ...all, stdout: JSON.parse(all.stdout) as unknown }).toEqual({ code: 0, stderr: '', stdout: empty })
  const named = await run('status', 'httpbin', '-o', 'json')
  expect(named.stderr).toBe('httpbin: not mirrored.\n')
  expect(JSON.parse(named.stdout)).toEqual(empty)
})

test('names each that is not mirrored beside those that are', async () => {
  await apply(virtualService('other', { annotations: { [TO]: 'v2' } }))
  const { stdout, stderr } = await run('status', 'httpbin', 'other', '-o', 'name')
  expect(stdout).toBe('virtualservice.networking.istio.io/other\n')
  expect(stderr).toBe('httpbin: not mirrored.\n')
})

test.for([
  ['-A', 'a resource cannot be retrieved by name across all namespaces'],
  ['-l=team=x', 'name cannot be provided when a selector is specified']
] as const)('a name refuses %s rather than to forget it', async ([flag, why]) => {
  expect(await run('status', 'httpbin', flag)).toEqual({ code: 1, stdout: '', stderr: `error: ${why}\n` })
})

test('who may read VirtualServices alone is told of the right that is missing, by every verb', async () => {
  const inNamespace = ['--namespace', 'plugin-status']
  await kubectl([...inNamespace, 'create', 'role', 'mirrors', '--verb=get,list', `--resource=${RESOURCE}`])
  await kubectl([...inNamespace, 'create', 'rolebinding', 'mirrors', '--role=mirrors', '--user=bob'])
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const missing = 'you may not list services in namespace plugin-status'
  const unknown = `host httpbin.plugin-status.svc.cluster.local cannot be checked: ${missing}`
  const state = await run('status', 'httpbin', '-o', 'jsonpath={.state.code}: {.state.message}', '--as', 'bob')
  expect(state.stdout).toBe(`Unknown: ${unknown}`)
  const checked = await run('check', 'httpbin', '--as', 'bob')
  expect(checked.stdout).toContain(`destination httpbin/v2: ${unknown}\n`)
  expect(checked.stdout).not.toMatch(/^failed/m)
  const logs = await run('logs', 'httpbin', '--no-follow', '--as', 'bob')
  expect(logs.stderr).toContain(`error: destination httpbin/v2: ${unknown}\n`)
  const made = await run('enable', 'other', '--create', '--to', 'v2', '--direct', '--as', 'bob')
  expect(made).toEqual({ code: 1, stdout: '', stderr: `error: ${missing}\n` })
})

const RESOURCE = 'virtualservices.networking.istio.io'
