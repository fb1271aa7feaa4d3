// A second enable, where no webhook injects: what the first has left must not be taken for what is asked for now.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace, virtualService } from './plugin-namespace.ts'

const { run, apply, get, create, reset } = testNamespace('plugin-enable-again')

beforeAll(create)
beforeEach(reset)

test('a condition that is new is in the rules, though the target is the same', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const { stdout } = await run('enable', 'httpbin', '--to', 'v2', '--method', 'GET', '--direct')
  expect(stdout).toContain('(1 of 2 rules, only GET)')
  expect(await get('{.spec.http[*].name}')).toBe('kubectl-mirror.dev/api api')
  expect(await get('{.spec.http[2].mirror}'), 'the other methods are not copied').toBe('')
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  expect(await get('{.spec.http[*].name}'), 'nor does the condition stay').toBe('api')
})

test('a mirror that an apply has undone comes back, and without --direct is not said to be there', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  await apply(virtualService())
  expect(await get('{.spec.http[1].mirror}')).toBe('')
  const refused = await run('enable', 'httpbin', '--to', 'v2')
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' })
  expect(refused.stderr).toMatch(/^error: nothing was changed: /)
  expect((await run('enable', 'httpbin', '--to', 'v2', '--direct')).code).toBe(0)
  expect(await get('{.spec.http[1].mirror}')).toBe('{"host":"httpbin","subset":"v2"}')
})

test('who sets an end that nothing keeps is told so, and status says that it goes on copying', async () => {
  const end = new Date(Date.now() + 3000).toISOString()
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--until', end, '--direct')
  expect(code).toBe(0)
  expect(stderr).toBe(
    `Warning: no webhook is installed, so nothing ends this mirror at ${end}; run then: kubectl mirror disable httpbin -n plugin-enable-again\n`
  )
  await new Promise((resolve) => void setTimeout(resolve, new Date(end).getTime() - Date.now()))
  const state = async () => (await run('status', 'httpbin', '-o', 'jsonpath={.state.code}: {.state.message}')).stdout
  expect(await state()).toBe(
    'ExpiredCopying: no webhook has ended it; kubectl mirror disable httpbin -n plugin-enable-again'
  )
  await apply(virtualService())
  expect(await state(), 'the apply has ended it').toBe('Expired: kubectl mirror disable httpbin -n plugin-enable-again')
})

test('a client dry run drops what the server would drop, and keeps what others manage', async () => {
  await apply(virtualService('httpbin', { annotations: { 'kubectl-mirror.dev/percent': '10' } }))
  await run('enable', 'httpbin', '--to', 'v2', '--method', 'GET', '--for', '1h', '--direct')
  const annotations = async (mode: string) => {
    const path = 'jsonpath={.metadata.annotations}'
    return (await run('enable', 'httpbin', '--to', 'v2', '--direct', `--dry-run=${mode}`, '-o', path)).stdout
  }
  const client = JSON.parse(await annotations('client')) as object
  expect(client).toEqual({
    'kubectl-mirror.dev/to': 'v2',
    'kubectl-mirror.dev/percent': '10',
    'kubectl-mirror.dev/injected': 'httpbin/v2=10'
  })
  expect(client).toEqual(JSON.parse(await annotations('server')))
})
