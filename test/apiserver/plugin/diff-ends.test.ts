// However a `diff` ends, nothing of it stays in the cluster; what cannot be removed says when it ends by itself.
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, collection } from '../ask.ts'
import { until } from '../../until.ts'
import { openMirrored, podOf, type Mirrored } from './mirrored.ts'
import { openNode, type Node } from './node.ts'
import { openRelay } from './relay.ts'
import { startWith, type Running } from './run.ts'

let node: Node
let count = 0
beforeAll(async () => {
  node = await openNode('diff-ends')
})
afterAll(() => node.close())

const HOUR_LATER = { env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'hour-later.ts')}` } }

interface Diff extends Running {
  readonly mirrored: Mirrored
}

/** In the middle of its work, in a namespace of its own. */
async function begin(args: readonly string[] = [], options: Parameters<typeof startWith>[0] = {}): Promise<Diff> {
  const mirrored = await openMirrored(`diff-ends-${count++}`, node)
  const { namespace } = mirrored
  const pods = ['v1', 'v2'].map((version) => podOf(namespace, version)) as [string, string] // two
  const running = startWith(options, namespace, 'diff', 'httpbin', '--baseline', '-o', 'json', ...args)
  const compared = (): boolean => {
    node.record(...pods)
    return running.child.exitCode !== null || running.output.stdout.includes('"/get"')
  }
  await until('it compares', compared, 60_000)
  return { ...running, mirrored }
}

async function ended({ child }: Running): Promise<readonly [number | null, string | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  return [child.exitCode, child.signalCode]
}

describe.concurrent('nothing stays', () => {
  test('a terminal that is closed: the kernel and the shell send a SIGHUP each', async () => {
    const relay = await openRelay()
    const diff = await begin(['--server', relay.server])
    relay.blackHole()
    diff.child.kill('SIGHUP')
    await until('it is removing', () => diff.output.stderr.includes('Removing'))
    diff.child.kill('SIGHUP')
    relay.restore()
    expect(await ended(diff)).toEqual([0, null])
    expect(await diff.mirrored.left()).toEqual([])
    relay.close()
  })

  test('a full disk while the reports are written is named with each file, and fails the run', async () => {
    const diff = await begin(['--junit', '/dev/full', '--html', '/dev/full', '--fail-on', 'status>0%'])
    diff.child.kill('SIGINT')
    expect(await ended(diff)).toEqual([1, null])
    expect(diff.output.stderr).toContain('error: --html: write /dev/full: no space left on device\n')
    expect(diff.output.stderr).toContain('error: --junit: write /dev/full: no space left on device\n')
    expect(await diff.mirrored.left()).toEqual([])
  })

  test('a full disk under its output ends it', async () => {
    const diff = await begin([], { stdout: '/dev/full' })
    expect(await ended(diff)).toEqual([1, null])
    expect(diff.output.stderr).toContain('error: cannot write: ENOSPC: no space left on device, write\n')
    expect(await diff.mirrored.left()).toEqual([])
  })

  test('a connection that went silent, as of a laptop that was suspended for an hour, and Ctrl-C at once', async () => {
    const relay = await openRelay()
    const diff = await begin(['--server', relay.server], HOUR_LATER)
    diff.child.kill('SIGSTOP')
    diff.child.kill('SIGUSR2')
    relay.blackHole()
    relay.restore()
    diff.child.kill('SIGCONT')
    diff.child.kill('SIGINT')
    expect(await ended(diff)).toEqual([0, null])
    expect(diff.output.stderr).not.toContain('could not be removed')
    expect(await diff.mirrored.left()).toEqual([])
    relay.close()
  })

  test('an hour later, --for is over', async () => {
    const relay = await openRelay()
    const diff = await begin(['--server', relay.server, '--for', '30m'], HOUR_LATER)
    diff.child.kill('SIGSTOP')
    diff.child.kill('SIGUSR2')
    relay.cut()
    diff.child.kill('SIGCONT')
    expect(await ended(diff)).toEqual([0, null])
    expect(await diff.mirrored.left()).toEqual([])
    relay.close()
  })
})

describe.concurrent('what stays says until when', () => {
  test('a connection that is silent to the end, and Ctrl-C a second time', async () => {
    const relay = await openRelay()
    const diff = await begin(['--server', relay.server])
    relay.blackHole()
    diff.child.kill('SIGINT')
    await until('a word', () => diff.output.stderr.includes('press Ctrl-C again to quit without finishing'))
    diff.child.kill('SIGINT')
    expect(await ended(diff)).toEqual([null, 'SIGINT'])
    await expectExpiry(diff.mirrored)
    relay.close()
  })

  test('a connection that is silent to the end: what to type is said, and the result stands', async () => {
    const relay = await openRelay()
    const diff = await begin(['--server', relay.server])
    relay.blackHole()
    diff.child.kill('SIGINT')
    expect(await ended(diff)).toEqual([0, null])
    const { stdout, stderr } = diff.output
    expect(stdout).toContain('"kind":"summary"')
    expect(stderr).toMatch(
      /^warning: envoyfilter\S* -n \S+ could not be removed; remove it with kubectl delete envoyfilter/m
    )
    expect(stderr).toMatch(/^warning: the baseline of .* could not be removed. Remove it by hand: kubectl annotate /m)
    await expectExpiry(diff.mirrored)
    relay.close()
  })
})

/** The webhook's leader, or the next run, removes it then. */
async function expectExpiry({ namespace, left }: Mirrored): Promise<void> {
  expect(await left()).toHaveLength(4)
  const filters = await ask<Listed>(collection(namespace, 'networking.istio.io/v1alpha3', 'envoyfilters'))
  const routes = await ask<Listed>(collection(namespace, 'networking.istio.io/v1', 'virtualservices'))
  const ends = [
    ...filters.items.map(({ metadata }) => metadata.annotations['kubectl-mirror.dev/expires']),
    ...routes.items.map(({ metadata }) => metadata.annotations['kubectl-mirror.dev/baseline'])
  ]
  for (const end of ends) {
    expect(Date.parse(end ?? '')).toBeGreaterThan(Date.now())
    expect(Date.parse(end ?? '')).toBeLessThan(Date.now() + 5 * 60_000)
  }
}

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> }
  }[]
}
