// A second enable, where no webhook injects: what the first has left must not be taken for what is asked for now.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace, virtualService } from './namespace.ts'
import { kubectl } from '../own-server.ts'

const { run, apply, get, create, reset } = testNamespace('plugin-enable-again')

beforeAll(create)
beforeEach(reset)

test('the hazards of a mirror are named each time that it is asked for', async () => {
  for (const time of ['first', 'second']) {
    const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--direct')
    expect({ code, stderr }, time).toEqual({ code: 0, stderr: HAZARD })
  }
})

test('a condition that is new is in the rules, though the target is the same', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const { stdout } = await run('enable', 'httpbin', '--to', 'v2', '--method', 'GET', '--direct')
  expect(stdout).toContain('(1 of 2 rules, only GET)')
  expect(await get('{.spec.http[*].name}')).toBe('kubectl-mirror.dev/api api')
  expect(await get('{.spec.http[2].mirror}'), 'the other methods are not copied').toBe('')
  await run('enable', 'httpbin', '--to', 'v2', '--direct', '--replace')
  expect(await get('{.spec.http[*].name}'), 'nor does the condition stay').toBe('api')
})

/** Of a mirror of all requests; the rule has a timeout. */
const HAZARD =
  'Warning: spec.http[1]: httpbin/v2 gets bodies of any size: if it hangs, large uploads stall; set max-body\n'

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

test('an end that no webhook keeps is reported, and status says that copying continues', async () => {
  const end = new Date(Date.now() + 3000).toISOString()
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--until', end, '--direct')
  expect(code).toBe(0)
  expect(stderr).toBe(
    `Warning: no webhook is installed, so nothing ends this mirror at ${end}; run then: kubectl mirror disable httpbin -n plugin-enable-again\n${HAZARD}`
  )
  await new Promise((resolve) => void setTimeout(resolve, new Date(end).getTime() - Date.now()))
  const state = async () =>
    (await run('status', 'httpbin', '-o', 'jsonpath={.state.code}: {.state.message}; {.state.remedy}')).stdout
  expect(await state()).toBe(
    'ExpiredCopying: no webhook has ended it; kubectl mirror disable httpbin -n plugin-enable-again'
  )
  await apply(virtualService())
  expect(await state(), 'the apply has ended it').toBe(
    'Expired: nothing is copied any more; kubectl mirror disable httpbin -n plugin-enable-again'
  )
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

test('a mirror that is on copies more only with --replace, and says what changes', async () => {
  const end = '2099-01-01T00:00:00Z'
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '10', '--method', 'GET', '--until', end, '--direct')
  const before = await get('{.metadata.resourceVersion}')
  const grown = ['copies to httpbin/v2: 10% -> 100%', 'methods: GET -> all', `ends: ${end} -> never`]
  const more = ['enable', 'httpbin', '--to', 'v2', '--direct']
  expect(await run(...more)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      `${HAZARD}error: nothing was changed: httpbin is mirrored already, and this would copy more:\n` +
      grown.map((line) => `  ${line}\n`).join('') +
      'To allow it, add --replace to this command\n'
  })
  for (const mode of ['client', 'server']) {
    const { code, stdout, stderr } = await run(...more, `--dry-run=${mode}`)
    expect(code).toBe(0)
    for (const line of grown) expect(stdout).toContain(`  changed: ${line}\n`)
    expect(stderr).toMatch(/--replace\n$/)
  }
  expect(await get('{.metadata.resourceVersion}')).toBe(before)
  const { code, stdout, stderr } = await run(...more, '--replace')
  expect({ code, warned: stderr.includes('--replace') }).toEqual({ code: 0, warned: false })
  for (const line of grown) expect(stdout).toContain(`  changed: ${line}\n`)
  expect(await get('{.spec.http[1].mirrorPercentage.value}')).toBe('100')
})

test('less is copied without a question, and what stays is not said to change', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  expect((await run('enable', 'httpbin', '--to', 'httpbin/v2', '--direct')).stdout).not.toContain('changed')
  const { code, stdout, stderr } = await run('enable', 'httpbin', '--to', 'v2=10', '--for', '1h', '--direct')
  expect({ code, asked: stderr.includes('--replace') }).toEqual({ code: 0, asked: false })
  expect(stdout).toContain('  changed: copies to httpbin/v2: 100% -> 10%\n  changed: ends: never -> ')
})

test('what is not copied now is no mirror that could grow', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '10', '--direct')
  await apply(virtualService())
  expect(await get('{.spec.http[1].mirror}')).toBe('')
  expect((await run('enable', 'httpbin', '--to', 'v2', '--direct')).code).toBe(0)
  expect((await run('disable', 'httpbin')).code).toBe(0)
  expect((await run('enable', 'httpbin', '--to', 'v2,v1', '--direct')).code).toBe(0)
})

test('an annotation of another manager that stays is named, with who manages it', async () => {
  const git = virtualService('httpbin', { annotations: { 'kubectl-mirror.dev/percent': '10' } })
  const flux = ['-n', 'plugin-enable-again', 'apply', '--server-side', '--field-manager=flux', '--force-conflicts']
  await kubectl([...flux, '-f', '-'], JSON.stringify(git))
  const { code, stdout, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--direct')
  expect(code).toBe(0)
  expect(stdout).toContain('v1 -> v2, 10%')
  expect(stderr).toMatch(
    /^Warning: kubectl-mirror.dev\/percent: "10" stays: flux.* manages it; change it there, or add --percent and --force-conflicts$/m
  )
  const again = await run('enable', 'httpbin', '--to', 'v2', '--percent', '10', '--direct')
  expect(again.stderr).not.toContain('stays')
})
