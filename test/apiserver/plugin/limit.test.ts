// A limit without a webhook: the plugin writes and deletes the DestinationRule with the user's own rights.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { kubectl } from '../own-server.ts'
import { testNamespace } from './namespace.ts'

const NAMESPACE = 'plugin-limit'
const { run, create, reset, get } = testNamespace(NAMESPACE)

beforeAll(create)
beforeEach(async () => {
  await reset()
  await kubectl(['-n', NAMESPACE, 'delete', 'destinationrules', '-l', 'kubectl-mirror.dev/limit'])
})

const ENABLE = ['enable', 'httpbin', '--to', 'v2', '--direct']
const rules = (path: string) =>
  kubectl([
    '-n',
    NAMESPACE,
    'get',
    'destinationrules',
    '-l',
    'kubectl-mirror.dev/limit',
    '-o',
    `jsonpath={.items[*]${path}}`
  ])

test('enable --direct makes it first, another limit changes it, disable deletes it', async () => {
  const { code, stdout, stderr } = await run(...ENABLE, '--limit', '8')
  expect({ code, stderr: stderr.includes('no DestinationRule') }).toEqual({ code: 0, stderr: false })
  expect(stdout).toContain('at most 8 open')
  expect(await get('{.spec.http[1].mirror.subset}')).toBe('kubectl-mirror-v2')
  expect(await rules('.metadata.name')).toBe('httpbin.kubectl-mirror.httpbin')
  expect(await rules('.metadata.ownerReferences[0].uid')).toBe(await get('{.metadata.uid}'))
  expect(await rules('.spec.subsets[0].trafficPolicy.connectionPool.http.http2MaxRequests')).toBe('8')

  expect(await run(...ENABLE, '--limit', '16'), 'more open copies are asked for first').toMatchObject({ code: 1 })
  expect(await run(...ENABLE, '--limit', '16', '--replace')).toMatchObject({ code: 0 })
  expect(await rules('.spec.subsets[0].trafficPolicy.connectionPool.http.http2MaxRequests')).toBe('16')

  expect(await run('disable', 'httpbin')).toMatchObject({ code: 0 })
  expect(await get('{.spec.http[1].mirror}')).toBe('')
  expect(await rules('.metadata.name')).toBe('')
})

test('where it would not be merged nothing is written', async () => {
  const selector = { spec: { workloadSelector: { matchLabels: { app: 'sleep' } } } }
  const patch = (value: object) =>
    kubectl(['-n', NAMESPACE, 'patch', 'destinationrule', 'httpbin', '--type=merge', '-p', JSON.stringify(value)])
  await patch(selector)
  const { code, stderr } = await run(...ENABLE, '--limit', '8')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error: --limit: Istio would not merge a DestinationRule that limits v2 .* workloadSelector; /
  )
  expect(await get('{.metadata.annotations}')).toBe('')
  expect(await rules('.metadata.name')).toBe('')
  await patch({ spec: { workloadSelector: null } })
})

test('a subset that is not there is told before anything is written', async () => {
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v9', '--limit', '8', '--direct')
  expect(code).toBe(1)
  expect(stderr).toContain('--limit: no DestinationRule that defines v9 is known')
  expect(await get('{.metadata.annotations}')).toBe('')
})

test.for([['0'], ['1025'], ['8.5'], ['many']])('%s is no limit', async ([limit]) => {
  const { code, stderr } = await run(...ENABLE, '--limit', limit!)
  expect(code).toBe(1)
  expect(stderr).toBe(
    `error: --limit: "${limit}" is not a limit; write how many copies may be open, a whole number from 1 to 1024, for example 64\n`
  )
})
