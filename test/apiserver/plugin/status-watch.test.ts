// status -w: a row for each change, by itself, whatever breaks.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace, TO, virtualService } from './namespace.ts'
import { start } from './run.ts'
import { openRelay } from './relay.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'plugin-status-watch'
const { run, apply, create, reset } = testNamespace(NAMESPACE)

beforeAll(create)
beforeEach(reset)

test('status -w prints a row for each change, and ends cleanly by Ctrl-C', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const { child, output } = start(NAMESPACE, 'status', '-w')
  const rows = () =>
    output.stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {3,}/))
  await until('the first table', () => Promise.resolve(rows().length === 2))
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '5', '--direct')
  await until('the change', () => Promise.resolve(rows().at(-1)?.[3] === '5'))
  await apply(virtualService('other', { annotations: { [TO]: 'v2' } }))
  await until('the new one', () => Promise.resolve(rows().at(-1)?.[0] === 'other'))
  await run('disable', 'httpbin')
  await until('the end', () => Promise.resolve(rows().at(-1)?.[5] === 'Ended'))
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(output.stderr).toBe('')
  expect(
    rows().filter(([name]) => name === 'NAME'),
    'one header'
  ).toHaveLength(1)
})

test('status NAME -w follows that one alone, by whatever name', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const { child, output } = start(NAMESPACE, 'status', 'vs/httpbin', '-w', '--no-headers')
  const rows = () => output.stdout.trimEnd().split('\n')
  await until('the first row', () => Promise.resolve(output.stdout !== ''))
  await apply(virtualService('other', { annotations: { [TO]: 'v2' } }))
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '5', '--direct')
  await until('the change', () => Promise.resolve(/ 5 /.test(rows().at(-1) ?? '')))
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(rows().every((row) => row.startsWith('httpbin '))).toBe(true)
})

test('status NAME -w follows one that is not mirrored yet, and tells by itself when it is over', async () => {
  const { child, output } = start(NAMESPACE, 'status', 'httpbin', '-w', '--no-headers')
  await until('the note', () => Promise.resolve(output.stderr === 'httpbin: not mirrored yet.\n'))
  const state = () => output.stdout.trimEnd().split('\n').at(-1)?.split(/ {3,}/)[5]
  await run('enable', 'httpbin', '--to', 'v2', '--for', '6s', '--direct')
  await until('its row', () => Promise.resolve(state() === 'Active'))
  await until('its end', () => Promise.resolve(state() === 'ExpiredCopying'), 30_000)
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
})

test('status -w continues after its connection has broken', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const relay = await openRelay()
  const { child, output } = start(NAMESPACE, 'status', 'httpbin', '-w', '--no-headers', '--server', relay.server)
  await until('its row', () => Promise.resolve(output.stdout !== ''))
  await sleep(1000)
  const before = relay.count()
  relay.cut()
  await until('a new connection', () => Promise.resolve(relay.count() > before))
  await run('disable', 'httpbin')
  await until('the end', () => Promise.resolve(/ Ended /.test(output.stdout)))
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(output.stderr).toMatch(/^Warning: trying again: .*\n$/)
  relay.close()
})
