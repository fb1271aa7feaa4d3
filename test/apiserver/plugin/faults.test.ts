// A connection that goes silent under a command, as behind a proxy that has forgotten it.
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../until.ts'
import { openMirrored, podOf, type Mirrored } from './mirrored.ts'
import { openNode, type Node } from './node.ts'
import { openRelay } from './relay.ts'
import { start, type Running } from './run.ts'

const NAMES = ['status', 'logs', 'compare', 'diff', 'enable', 'check'] as const
let node: Node
let stages: Readonly<Record<(typeof NAMES)[number], Mirrored>>

beforeAll(async () => {
  node = await openNode('faults')
  const opened = NAMES.map(async (name) => [name, await openMirrored(`faults-${name}`, node)] as const)
  stages = Object.fromEntries(await Promise.all(opened)) as typeof stages // each of the names
})
afterAll(() => node.close())

describe.concurrent('a connection that goes silent without an end', () => {
  test('status -w says so, and continues over a new one', async () => {
    const { namespace, run } = stages.status
    const { code, stderr } = await overSilence(namespace, ['status', 'httpbin', '-w', '--no-headers'], {
      hasBegun: ({ output }) => output.stdout !== '',
      after: async (running) => {
        await run('enable', 'httpbin', '--to', 'v2', '--percent', '7', '--direct')
        await holds('the change', running, () => / 7 /.test(running.output.stdout))
      }
    })
    expect(code, stderr).toBe(0)
  })

  test('logs says so, and loses no line', async () => {
    const { namespace, request } = stages.logs
    const lines = ({ output }: Running): string[] => output.stdout.match(/GET \S+/g)?.toSorted() ?? []
    const { code, stderr } = await overSilence(namespace, ['logs', 'httpbin'], {
      hasBegun: () => isFollowed(namespace),
      meanwhile: () => request('/meanwhile'),
      after: async (running) => {
        await holds('its lines', running, () => lines(running).length === 2)
        request('/after')
        await holds('its lines', running, () => lines(running).length === 4)
        expect(lines(running)).toEqual(['GET /after', 'GET /after', 'GET /meanwhile', 'GET /meanwhile'])
      }
    })
    expect(code, stderr).toBe(0)
  })

  test('compare says so, and loses no request', async () => {
    const { namespace, request, left } = stages.compare
    const { code, stderr } = await overSilence(namespace, ['compare', 'httpbin', '--access-logs', '-o', 'json'], {
      hasBegun: () => isFollowed(namespace),
      meanwhile: () => request('/meanwhile'),
      after: (running) => holds('the match', running, () => running.output.stdout.includes('/meanwhile'))
    })
    expect(code, stderr).toBe(0)
    expect(await left()).toEqual([])
  })

  test('diff says so, opens its taps again, and leaves nothing', async () => {
    const { namespace, left } = stages.diff
    const { code, stderr } = await overSilence(namespace, ['diff', 'httpbin', '--baseline', '-o', 'json'], {
      hasBegun: () => isTapped(namespace),
      after: (running) =>
        holds('a match', running, () => {
          node.record(podOf(namespace, 'v1'), podOf(namespace, 'v2'))
          return running.output.stdout.includes('"/get"')
        })
    })
    expect(code, stderr).toBe(0)
    expect(await left()).toEqual([])
  })

  test('check --probe: the probe was lost, and the chain before it is still printed', async () => {
    const { namespace } = stages.check
    const relay = await openRelay()
    const running = start(namespace, 'check', 'httpbin', '--probe', podOf(namespace, 'v1'), '--server', relay.server)
    await holds('the command in the pod', running, () => node.executions(podOf(namespace, 'v1')) === 1)
    relay.blackHole()
    expect(await once(running.child, 'close')).toEqual([1, null])
    expect(running.output.stdout).toMatch(/^ok +annotation /m)
    expect(running.output.stdout).toMatch(/^failed +probe +the connection to the pod was lost$/m)
    relay.close()
  })

  test('each other command ends and says so', async () => {
    const commands = [
      ['status'],
      ['check', 'httpbin'],
      ['disable', 'httpbin'],
      ['enable', 'httpbin', '--to', 'v2'],
      ['logs', 'httpbin'],
      ['compare', 'httpbin']
    ]
    const relay = await openRelay()
    relay.blackHole()
    const ended = commands.map(async (command) => {
      const { child, output } = start(stages.enable.namespace, ...command, '--server', relay.server)
      const [code] = (await once(child, 'close')) as [number]
      expect(code, output.stderr).toBe(1)
      expect(`${output.stderr}${output.stdout}`, command[0]).toContain('the connection is dead: nothing came for 75 s')
    })
    await Promise.all(ended)
    relay.close()
  })
})

interface Silenced {
  hasBegun(running: Running): boolean
  meanwhile?(): void
  /** When it has said that its connection is dead. */
  after(running: Running): Promise<void>
}

/** A command of which every connection goes silent; new ones work again. */
async function overSilence(
  namespace: string,
  args: readonly string[],
  { hasBegun, meanwhile, after }: Silenced
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const relay = await openRelay()
  const running = start(namespace, ...args, '--server', relay.server)
  await holds('its begin', running, () => hasBegun(running))
  relay.blackHole()
  relay.restore()
  meanwhile?.()
  await holds('a word', running, () => running.output.stderr.includes('the connection is dead'))
  await after(running)
  const closed = once(running.child, 'close')
  running.child.kill('SIGINT')
  const [code] = (await closed) as [number | null]
  relay.close()
  return { code, stderr: running.output.stderr }
}

function isFollowed(namespace: string): boolean {
  return ['v1', 'v2'].every((version) => node.followers(podOf(namespace, version)) === 1)
}

function isTapped(namespace: string): boolean {
  return ['v1', 'v2'].every((version) => node.taps(podOf(namespace, version)) === 1)
}

function holds(what: string, { output }: Running, probe: () => boolean): Promise<void> {
  return until(what, probe, 200_000).catch((error: Error) => {
    throw new Error(`${error.message}; ${output.stdout.slice(-500)}; ${output.stderr}`, { cause: error })
  })
}
