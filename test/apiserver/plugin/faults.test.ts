// What breaks under a command that runs: a connection that goes silent, a process that is stopped, a token that expires.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { openRelay } from './relay.ts'
import { folderWith, start, type Running } from './run.ts'
import { serverAccess } from '../ask.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'plugin-faults'
const { run, create, reset } = testNamespace(NAMESPACE)

beforeAll(async () => {
  await create()
  await kubectl(['-n', NAMESPACE, 'create', 'serviceaccount', 'reader'])
  const binding = ['--clusterrole=cluster-admin', `--serviceaccount=${NAMESPACE}:reader`]
  await kubectl(['create', 'clusterrolebinding', `${NAMESPACE}-reader`, ...binding])
})
beforeEach(async () => {
  await reset()
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
})

describe.concurrent('a connection that goes silent without an end', () => {
  test('status -w says so, and continues over a new one', async () => {
    const relay = await openRelay()
    const { child, output } = start(NAMESPACE, 'status', 'httpbin', '-w', '--no-headers', '--server', relay.server)
    await until('its row', () => Promise.resolve(output.stdout !== ''))
    relay.blackHole()
    relay.restore()
    await until('a word', () => Promise.resolve(output.stderr.includes('the connection is dead')), 200_000)
    await run('enable', 'httpbin', '--to', 'v2', '--percent', '7', '--direct')
    await until('the change', () => Promise.resolve(/ 7 /.test(output.stdout)), 200_000)
    child.kill('SIGINT')
    expect(await once(child, 'close')).toEqual([0, null])
    relay.close()
  })

  test.for([
    ['status'],
    ['check', 'httpbin'],
    ['disable', 'httpbin'],
    ['enable', 'httpbin', '--to', 'v2'],
    ['logs', 'httpbin'],
    ['compare', 'httpbin']
  ])('%s ends and says so', async (command) => {
    const relay = await openRelay()
    relay.blackHole()
    const { child, output } = start(NAMESPACE, ...command, '--server', relay.server)
    const [code] = (await once(child, 'close')) as [number]
    expect(code, output.stderr).toBe(1)
    expect(`${output.stderr}${output.stdout}`).toContain('the connection is dead: nothing came for 75 s')
    relay.close()
  })
})

test('a command that was stopped for a while, as by a suspended laptop, continues', async () => {
  const relay = await openRelay()
  const { child, output } = start(NAMESPACE, 'status', 'httpbin', '-w', '--no-headers', '--server', relay.server)
  await until('its row', () => Promise.resolve(output.stdout !== ''))
  child.kill('SIGSTOP')
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '7', '--direct')
  await sleep(10_000)
  relay.cut()
  child.kill('SIGCONT')
  await until('what changed meanwhile', () => Promise.resolve(/ 7 /.test(output.stdout)))
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
  relay.close()
})

describe('a token that is no longer taken', () => {
  test('a token file that rotates, as in a pod, is read again', async () => {
    const folder = await folderWith({ token: await tokenOf() })
    const ended = await follow({ tokenFile: join(folder, 'token') }, async () => {
      await forget()
      writeFileSync(join(folder, 'token'), await tokenOf())
    })
    expect(ended).toEqual([0, null])
  })

  test('one that is final ends a command with the word of the server', async () => {
    const { output, child } = await startAs({ token: 'none' }, (await openRelay()).server, 'status')
    expect(await once(child, 'close')).toEqual([1, null])
    expect(output.stderr).toBe('error: You must be logged in to the server (Unauthorized)\n')
  })
})

/** How `status -w` as that user ends: its connections break after `change`, and it sees what is written afterwards. */
async function follow(user: object, change: () => Promise<void>): Promise<unknown> {
  const relay = await openRelay()
  const { child, output } = await startAs(user, relay.server, 'status', 'httpbin', '-w', '--no-headers')
  await until('its row', () => Promise.resolve(output.stdout !== ''))
  await change()
  relay.cut()
  await run('enable', 'httpbin', '--to', 'v2', '--percent', '9', '--direct')
  await until('the change', () => Promise.resolve(/ 9 /.test(output.stdout)), 60_000).catch((error: Error) => {
    throw new Error(`${error.message}: ${output.stderr}`)
  })
  child.kill('SIGINT')
  const ended = await once(child, 'close')
  relay.close()
  return ended
}

async function startAs(user: object, server: string, ...args: readonly string[]): Promise<Running> {
  const { authority } = await serverAccess()
  const config = {
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': authority.toString('base64') } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x'
  }
  const folder = await folderWith({ config: stringify(config) })
  return start(NAMESPACE, ...args, '--kubeconfig', join(folder, 'config'))
}

async function tokenOf(): Promise<string> {
  return (await kubectl(['-n', NAMESPACE, 'create', 'token', 'reader'])).trim()
}

/** Every token of the account that was given so far is refused from now on. */
async function forget(): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'delete', 'serviceaccount', 'reader'])
  await kubectl(['-n', NAMESPACE, 'create', 'serviceaccount', 'reader'])
  // So long the API server remembers that it took a token.
  await sleep(11_000)
}
