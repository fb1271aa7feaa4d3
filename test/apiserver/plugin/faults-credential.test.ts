// What a credential does wrong: a plugin that hangs, dies or prints rubbish, and a token that is taken no more while a command runs.
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identify } from '../../sandbox/processes.ts'
import { serverAccess } from '../ask.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'
import { openMirrored, podOf, type Mirrored } from './mirrored.ts'
import { openNode, type Node } from './node.ts'
import { openRelay, type Relay } from './relay.ts'
import { folderWith, start, type Running } from './run.ts'

const ACCOUNTS = 'faults-credential'
const API = 'client.authentication.k8s.io/v1'
let node: Node

beforeAll(async () => {
  node = await openNode(ACCOUNTS)
  await kubectl(['create', 'namespace', ACCOUNTS])
  await kubectl(['-n', ACCOUNTS, 'create', 'serviceaccount', 'reader'])
  const binding = ['--clusterrole=cluster-admin', `--serviceaccount=${ACCOUNTS}:reader`]
  await kubectl(['create', 'clusterrolebinding', ACCOUNTS, ...binding])
})
afterAll(() => node.close())

describe.concurrent('a credential plugin', () => {
  test('that hangs is named, and ended by a Ctrl-C that reaches the command alone', async () => {
    const { child, output, folder } = await startBy('echo $$ > pid; exec sleep 600', ['status'])
    await until('a word', () => output.stderr !== '', 60_000)
    expect(output.stderr).toBe(`Waiting for the credential plugin ${folder}/credential; Ctrl-C gives up\n`)
    child.kill('SIGINT')
    expect(await once(child, 'close')).toEqual([130, null])
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await until('it is gone', () => identify(pid) === undefined)
  })

  test('that will not end holds up nobody', async () => {
    const { child, output, folder } = await startBy("trap '' TERM; echo $$ > pid; exec sleep 600", ['status'])
    await until('it runs', () => readFileSync(join(folder, 'pid'), 'utf8').endsWith('\n'), 60_000)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
    expect(output.stdout).toBe('')
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL')
  })

  test.for([
    [
      'hangs, with --request-timeout',
      'exec sleep 600',
      'request canceled (Client.Timeout exceeded while awaiting headers)'
    ],
    ['prints without end', 'exec yes', '/credential printed more than a credential: 1048576 characters'],
    ['prints no credential', 'echo hello', 'decoding stdout: it is neither JSON nor YAML'],
    ['says no time', credential('x', 'tomorrow'), 'expirationTimestamp: "tomorrow" is no time of RFC 3339'],
    ['dies', 'kill -9 $$', '/credential failed with exit code -1']
  ])('that %s ends a command with a sentence', async ([, script, said]) => {
    const { child, output } = await startBy(script!, ['status', '--request-timeout', '12s'])
    expect(await once(child, 'close')).toEqual([1, null])
    expect(output.stderr).toMatch(/^Unable to connect to the server: .*\n$/m)
    expect(output.stderr).toContain(said)
  })

  test('whose tokens have expired already is asked for each request, and what the server refuses is said', async () => {
    const script = `echo ran >> runs; ${credential('none', '2020-01-01T00:00:00Z')}`
    const { child, output } = await startBy(script, ['status'])
    expect(await once(child, 'close')).toEqual([1, null])
    expect(output.stderr).toBe('error: You must be logged in to the server (Unauthorized)\n')
  })

  test('that dies while logs are followed is asked again', async () => {
    const mirrored = await openMirrored('faults-credential-logs', node)
    const script = `echo ran >> runs; cat token > /dev/null || exit 1; ${credential('$(cat token)', '2020-01-01T00:00:00Z')}`
    const relay = await openRelay()
    const token = await tokenOf()
    const logs = await startBy(script, ['logs', 'httpbin'], { token }, mirrored.namespace, relay)
    await hears(mirrored, logs, '/first')
    rmSync(join(logs.folder, 'token'))
    const runs = (): number => readFileSync(join(logs.folder, 'runs'), 'utf8').split('\n').length
    const before = runs()
    relay.cut()
    await holds('failures', logs, () => runs() > before + 3)
    writeFileSync(join(logs.folder, 'token'), token)
    await hears(mirrored, logs, '/second')
    logs.child.kill('SIGINT')
    expect(await once(logs.child, 'close')).toEqual([0, null])
    relay.close()
  })
})

test('a token that is taken no more in the middle is followed by the next: of a file, of a plugin', async () => {
  const [relay, token] = [await openRelay(), await tokenOf()]
  const folder = await folderWith({ token })
  const stages = await Promise.all(
    ['status', 'logs', 'compare', 'diff'].map((name) => openMirrored(`faults-credential-${name}-2`, node))
  )
  const [statusStage, logsStage, compareStage, diffStage] = stages as [Mirrored, Mirrored, Mirrored, Mirrored] // four
  const file = { tokenFile: join(folder, 'token') }
  const script = credential(`$(cat ${join(folder, 'token')})`)
  const by = (args: readonly string[], { namespace }: Mirrored) => startBy(script, args, {}, namespace, relay)
  const status = await startAs(file, ['status', 'httpbin', '-w', '--no-headers'], statusStage.namespace, relay)
  const logs = await by(['logs', 'httpbin'], logsStage)
  const compare = await by(['compare', 'httpbin', '--access-logs', '-o', 'json'], compareStage)
  const diff = await by(['diff', 'httpbin', '--baseline'], diffStage)
  await holds('its row', status, () => status.output.stdout !== '')
  await hears(logsStage, logs, '/first')
  const taps = (): boolean => ['v1', 'v2'].every((one) => node.taps(podOf(diffStage.namespace, one)) === 1)
  await holds('its taps', diff, taps)
  await holds('its logs', compare, () => node.followers(podOf(compareStage.namespace, 'v2')) === 1)

  await forget()
  writeFileSync(join(folder, 'token'), await tokenOf())
  relay.cut()

  await statusStage.run('enable', 'httpbin', '--to', 'v2', '--percent', '9', '--direct')
  await holds('the change', status, () => / 9 /.test(status.output.stdout))
  await hears(logsStage, logs, '/second')
  compareStage.request('/second')
  await holds('a match', compare, () => compare.output.stdout.includes('/second'))
  await holds('its taps', diff, taps)
  for (const { child, output } of [status, logs, compare, diff]) {
    const closed = once(child, 'close')
    child.kill('SIGINT')
    expect(await closed, output.stderr).toEqual([0, null])
  }
  for (const { left, namespace } of stages) expect(await left(), namespace).toEqual([])
  relay.close()
})

test('a token that is final ends a command with the word of the server', async () => {
  const { output, child } = await startAs({ token: 'none' }, ['status'], 'default')
  expect(await once(child, 'close')).toEqual([1, null])
  expect(output.stderr).toBe('error: You must be logged in to the server (Unauthorized)\n')
})

/** A line of both versions' applications. */
async function hears({ request }: Mirrored, logs: Running, path: string): Promise<void> {
  const before = logs.output.stdout.split(path).length
  request(path)
  await holds(`the lines of ${path}`, logs, () => logs.output.stdout.split(path).length === before + 2)
}

function holds(what: string, { output }: Running, probe: () => boolean): Promise<void> {
  return until(what, probe, 90_000).catch((error: Error) => {
    throw new Error(`${error.message}; ${output.stdout.slice(-500)}; ${output.stderr}`, { cause: error })
  })
}

/** A shell command that prints one; `expires` may be absent. */
function credential(token: string, expires?: string): string {
  const status = { token: 'TOKEN', ...(expires && { expirationTimestamp: expires }) }
  const text = JSON.stringify({ apiVersion: API, kind: 'ExecCredential', status })
  return `echo '${text.replace('TOKEN', `'"${token}"'`)}'`
}

/** By a credential plugin that is this script, in a folder with these files. */
async function startBy(
  script: string,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
  namespace = 'default',
  relay?: Relay
): Promise<Running & { readonly folder: string }> {
  const folder = await folderWith({ credential: `#!/bin/sh\ncd "$(dirname "$0")"\n${script}\n`, ...files })
  const exec = { apiVersion: API, interactiveMode: 'Never', command: './credential' }
  return { ...(await startAs({ exec }, args, namespace, relay, folder)), folder }
}

async function startAs(
  user: object,
  args: readonly string[],
  namespace: string,
  relay?: Relay,
  folder?: string
): Promise<Running> {
  const { authority, server } = await serverAccess()
  const cluster = { server: relay?.server ?? server, 'certificate-authority-data': authority.toString('base64') }
  const config = stringify({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x'
  })
  const place = folder ?? (await folderWith({}))
  writeFileSync(join(place, 'config'), config)
  return start(namespace, ...args, '--kubeconfig', join(place, 'config'))
}

async function tokenOf(): Promise<string> {
  return (await kubectl(['-n', ACCOUNTS, 'create', 'token', 'reader'])).trim()
}

/** Every token of the account that was given so far is refused from now on. */
async function forget(): Promise<void> {
  await kubectl(['-n', ACCOUNTS, 'delete', 'serviceaccount', 'reader'])
  await kubectl(['-n', ACCOUNTS, 'create', 'serviceaccount', 'reader'])
  // So long the API server remembers that it took a token.
  await sleep(11_000)
}
