// The follower on real pods that come, go and restart, over rotated logs and an API server that stops: each line once.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { until } from '../../until.ts'
import { watchLines } from '../command.ts'
import { runKubectl, startKubectl } from '../kubectl.ts'
import { restartApiServer } from '../api-server.ts'
import { application } from './application.ts'
import { TALKER, tally, type Tally } from './talkers.ts'

const NAMESPACE = 'e2e-follow'
const NAME = 'talk'
const VERSIONS = ['v1', 'v2']
/** They stop the control plane, as root on its node. */
const ON_NODE = { skip: !inject('ownsNode') }

beforeAll(async () => {
  await kubectl('create', 'namespace', NAMESPACE)
})
afterEach(stopTalkers) // also those of a test that failed
afterAll(() => kubectl('delete', 'namespace', NAMESPACE, '--wait=false'))

test(
  'each line once: a pod deleted, a container restarted, logs rotated, the API server stopped and killed',
  ON_NODE,
  async () => {
    await startTalkers()
    const follower = follow()
    await follower.hears()

    await kubectl('delete', 'pod', '-l', 'version=v1', '--wait=false')
    await follower.knows(3)
    await kubectl('exec', `deploy/${NAME}-v2`, '--', 'sh', '-c', 'kill -TERM 1')
    await follower.knows(4)
    await kubectl('exec', `deploy/${NAME}-v2`, '--', 'sh', '-c', 'kill -USR1 1')
    const firstLines = () => kubectl('logs', `deploy/${NAME}-v2`, '--limit-bytes=200')
    await until('the log is rotated', async () => !/^\S+ 1 x/.test(await firstLines()), 90_000, 1000)
    await restartApiServer('SIGTERM', 1000)
    await follower.hears()
    // Both restart while nobody can read what they wrote last.
    const kill = `(sleep 3; kill -TERM 1) > /dev/null 2>&1 &`
    for (const version of VERSIONS) await kubectl('exec', `deploy/${NAME}-${version}`, '--', 'sh', '-c', kill)
    await restartApiServer('SIGKILL', 8000)
    await follower.knows(6)
    await follower.hears()
    await stopTalkers()
    const { output, notices } = await follower.stop()

    const found = tally(output)
    // Both versions' first runs, v1's second pod, v2's second container, and what was restarted last.
    expect(found.map(({ ended, lost, doubled }) => ({ ended, lost, doubled }))).toEqual(
      Array.from({ length: 6 }, () => ({ ended: true, lost: 0, doubled: 0 }))
    )
    expect(Math.max(...found.map(({ lines }: Tally) => lines))).toBeGreaterThan(120_000)
    expect(notices).not.toContain('may be missing')
  }
)

async function startTalkers(): Promise<void> {
  await runKubectl(['apply', '-n', NAMESPACE, '-f', '-'], {
    input: application(NAME, TALKER, inject('images').application)
  })
  for (const version of VERSIONS) {
    await kubectl('rollout', 'status', `deploy/${NAME}-${version}`, '--timeout=60s')
  }
}

/** With the last line of each run, which says that it is the last. */
async function stopTalkers(): Promise<void> {
  await kubectl('scale', 'deploy', '--all', '--replicas=0')
  await kubectl('wait', 'pod', '--all', '--for=delete', '--timeout=90s')
}

async function kubectl(...args: readonly string[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runKubectl(['-n', NAMESPACE, ...args])
    } catch (error) {
      // The API server has just been started.
      if (attempt === 20) throw error
      await sleep(500)
    }
  }
}

function follow() {
  const running = startKubectl(['mirror', 'logs', NAME, '-n', NAMESPACE])
  const { quiet } = watchLines(running)
  let [output, notices] = ['', '']
  running.process.stdout?.on('data', (text: string) => (output += text))
  running.process.stderr?.on('data', (text: string) => (notices += text))
  const waitFor = (what: string, probe: () => boolean) =>
    until(what, probe, 60_000).catch((error: Error) => {
      throw new Error(`${error.message}; of ${output.length} bytes; ${notices}`)
    })
  return {
    /** Waits for new lines of both versions. */
    hears: () => {
      const before = output.length
      const isHeard = (version: string) => output.includes(`${NAME}-${version}-`, before)
      return waitFor('new lines of both versions', () => isHeard('v1') && isHeard('v2'))
    },
    /** Waits for lines of so many runs. */
    knows: (runs: number) => waitFor(`lines of ${runs} runs`, () => tally(output).length === runs),
    stop: async () => {
      await quiet()
      running.process.kill('SIGINT')
      const { code, stdout, stderr } = await running.ended
      expect(code, 'after SIGINT').toBe(0)
      return { output: stdout, notices: stderr }
    }
  }
}
