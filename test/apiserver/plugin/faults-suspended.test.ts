// A laptop that is suspended while a command runs: its clock is an hour ahead, and its connections are gone.
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../until.ts'
import { openMirrored, podOf, runPod } from './mirrored.ts'
import { openNode, type Node } from './node.ts'
import { openRelay, type Relay } from './relay.ts'
import { startWith, type Running } from './run.ts'

let node: Node
beforeAll(async () => {
  node = await openNode('suspended')
})
afterAll(() => node.close())

describe.concurrent('a laptop that was suspended for an hour', () => {
  const HOUR_LATER = { env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'hour-later.ts')}` } }
  const suspend = ({ child }: Running, relay: Relay): void => {
    child.kill('SIGSTOP')
    child.kill('SIGUSR2')
    relay.cut()
    child.kill('SIGCONT')
  }

  test('status -w continues', async () => {
    const { namespace, run } = await openMirrored('suspended-status', node)
    const relay = await openRelay()
    const watched = ['status', 'httpbin', '-w', '--no-headers', '--server', relay.server]
    const running = startWith(HOUR_LATER, namespace, ...watched)
    await holds('its row', running, () => running.output.stdout !== '')
    suspend(running, relay)
    await run('enable', 'httpbin', '--to', 'v2', '--percent', '3', '--direct')
    await holds('what changed meanwhile', running, () => / 3 /.test(running.output.stdout))
    expect(await interrupted(running, relay), running.output.stderr).toEqual([0, null])
  })

  test('logs continues, with each line once', async () => {
    const { namespace, request } = await openMirrored('suspended-logs', node)
    const relay = await openRelay()
    const running = startWith(HOUR_LATER, namespace, 'logs', 'httpbin', '--tail=0', '--server', relay.server)
    await holds('both logs', running, () => isFollowed(namespace))
    request('/awake')
    await holds('its lines', running, () => running.output.stdout.split('/awake').length === 3)
    suspend(running, relay)
    request('/later')
    await holds('its lines', running, () => running.output.stdout.split('/later').length === 3)
    expect(running.output.stdout.split('/awake')).toHaveLength(3)
    expect(await interrupted(running, relay), running.output.stderr).toEqual([0, null])
  })

  test('compare --for 30m is over, with what it saw, and leaves nothing', async () => {
    const { namespace, request, left } = await openMirrored('suspended-compare', node)
    const relay = await openRelay()
    const args = ['compare', 'httpbin', '--access-logs', '-o', 'json', '--for', '30m', '--server', relay.server]
    const running = startWith(HOUR_LATER, namespace, ...args)
    await holds('both logs', running, () => isFollowed(namespace))
    request('/awake')
    await holds('a match', running, () => running.output.stdout.includes('/awake'))
    suspend(running, relay)
    expect(await once(running.child, 'close')).toEqual([0, null])
    const summary = JSON.parse(running.output.stdout.trimEnd().split('\n').at(-1)!) as object
    expect(summary).toMatchObject({ requests: 1, copied: 1, orphans: 0 })
    expect(await left()).toEqual([])
    relay.close()
  })

  test('enable --wait --timeout 10m still waits: nobody waited in that hour', async () => {
    const { namespace } = await openMirrored('suspended-enable', node)
    await runPod(namespace, node.name, 'v2', false)
    const relay = await openRelay()
    const args = ['enable', 'httpbin', '--to', 'v2', '--direct', '--wait', '--timeout', '10m', '--server', relay.server]
    const running = startWith(HOUR_LATER, namespace, ...args)
    await holds('it is enabled', running, () => running.output.stdout.includes('mirrored'))
    suspend(running, relay)
    const made = relay.count()
    await holds('it asks again', running, () => relay.count() > made)
    expect(running.child.exitCode).toBe(null)
    const closed = once(running.child, 'close')
    await runPod(namespace, node.name, 'v2')
    expect(await closed, running.output.stderr).toEqual([0, null])
    relay.close()
  })
})

async function interrupted({ child }: Running, relay: Relay): Promise<unknown> {
  const closed = once(child, 'close')
  child.kill('SIGINT')
  const ended: unknown = await closed
  relay.close()
  return ended
}

function isFollowed(namespace: string): boolean {
  return ['v1', 'v2'].every((version) => node.followers(podOf(namespace, version)) === 1)
}

function holds(what: string, { output }: Running, probe: () => boolean): Promise<void> {
  return until(what, probe, 200_000).catch((error: Error) => {
    throw new Error(`${error.message}; ${output.stdout.slice(-500)}; ${output.stderr}`, { cause: error })
  })
}
