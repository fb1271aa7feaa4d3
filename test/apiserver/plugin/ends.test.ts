// What ends the plugin while it follows something, besides Ctrl-C: a terminal that is closed, a reader that leaves.
import { once } from 'node:events'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { start } from './run.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'plugin-ends'
const { run, create, reset } = testNamespace(NAMESPACE)

beforeAll(create)
beforeEach(reset)

async function following() {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const running = start(NAMESPACE, 'status', '-w')
  await until('the first table', () => Promise.resolve(running.output.stdout.includes('httpbin')))
  return running
}

test('a reader that has seen enough ends it with the next row, and is no error', async () => {
  const { child, output } = await following()
  const closed = once(child, 'close') // it may be over before `enable` is
  child.stdout?.destroy()
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '5', '--direct')
  expect(await closed).toEqual([0, null])
  expect(output.stderr).toBe('')
})

test('a terminal that is closed ends it in good order', async () => {
  const { child } = await following()
  child.kill('SIGHUP')
  expect(await once(child, 'close')).toEqual([0, null])
})
