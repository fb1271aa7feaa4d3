// The Role that the chart's first page gives to users of the plugin: enough for the verbs that it names, and not without.
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { testNamespace } from './namespace.ts'
import { mirror } from './run.ts'

const README = new URL('../../../charts/kubectl-mirror/README.md', import.meta.url)
const NAMESPACE = 'plugin-role'
const here = testNamespace(NAMESPACE)
const SUBSET = '{.spec.http[*].mirror.subset}'
const as = (user: string, ...args: readonly string[]) => mirror([...args, '--namespace', NAMESPACE, '--as', user])

beforeAll(async () => {
  await here.create()
  await here.reset()
  const [, text = ''] = /<!-- user role -->\n```yaml\n([^]*?)```/.exec(await readFile(README, 'utf8')) ?? []
  const role = parse(text) as { readonly metadata: { readonly name: string } }
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: role.metadata.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'developer' }]
  }
  await here.apply(role, binding)
})

test('check finds every right of its user, and names those that another lacks', async () => {
  expect((await as('developer', 'check')).stdout).toMatch(/^ok +permissions +for every command/m)
  expect((await as('stranger', 'check')).stdout).toMatch(/^failed +permissions +you may not patch virtualservices/m)
})

test('enable, status and disable work with it', async () => {
  const enabled = await as('developer', 'enable', 'httpbin', '--to', 'v2', '--direct')
  expect(enabled.stderr).not.toContain('forbidden')
  expect(await here.get(SUBSET)).toBe('v2')
  expect((await as('developer', 'status')).stdout).toContain('httpbin')
  expect((await as('developer', 'disable', 'httpbin')).stderr).toBe('')
  expect(await here.get(SUBSET)).toBe('')
})
