// The API server is killed and comes back while a command runs: each continues, and leaves nothing of its own.
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, collection } from '../ask.ts'
import { restartServer } from '../own-server.ts'
import { until } from '../../until.ts'
import { openMirrored, podOf, runPod, type Mirrored } from './mirrored.ts'
import { createPod, SERVICE } from './namespace.ts'
import { openNode, type Node } from './node.ts'
import { apply, start as startIn, tryKubectl, type Running } from './run.ts'

let node: Node
beforeAll(async () => {
  node = await openNode('faults-restart')
})
afterAll(() => node.close())

/** What the command has printed, for the message of a test that fails. */
const holds = (what: string, { output }: Pick<Running, 'output'>, probe: () => boolean | Promise<boolean>) =>
  until(what, probe, 90_000).catch((error: Error) => {
    throw new Error(`${error.message}; ${output.stdout.slice(-500)}; ${output.stderr}`, { cause: error })
  })

interface Case {
  /** Until it is in the middle of its work. */
  begin(mirrored: Mirrored): Promise<Running>
  /** It continues, and ends. */
  end(mirrored: Mirrored, running: Running): Promise<void>
}

const CASES: Readonly<Record<string, Case>> = {
  'status -w': {
    begin: async ({ start }) => {
      const running = start('status', 'httpbin', '-w', '--no-headers')
      await holds('its row', running, () => running.output.stdout !== '')
      return running
    },
    end: async ({ run }, running) => {
      await run('enable', 'httpbin', '--to', 'v2', '--percent', '7', '--direct')
      await holds('the change', running, () => / 7 /.test(running.output.stdout))
      running.child.kill('SIGINT')
      expect(running.output.stderr).toMatch(/^Warning: trying again: .*\n$/)
    }
  },
  logs: {
    begin: async ({ start, request, namespace }) => {
      const running = start('logs', 'httpbin')
      await holds('both logs', running, () => ['v1', 'v2'].every((one) => node.followers(podOf(namespace, one)) === 1))
      request('/before')
      await holds('its lines', running, () => running.output.stdout.split('/before').length === 3)
      return running
    },
    end: async ({ request }, running) => {
      request('/after')
      await holds('its lines', running, () => running.output.stdout.split('/after').length === 3)
      running.child.kill('SIGINT')
      const lines = running.output.stdout.trimEnd().split('\n')
      expect(lines.map((line) => /GET \S+/.exec(line)?.[0] ?? '').toSorted(), 'each once').toEqual(
        ['/after', '/after', '/before', '/before', '/while', '/while'].map((path) => `GET ${path}`)
      )
      expect(running.output.stderr).not.toContain('may be missing')
    }
  },
  compare: {
    begin: async ({ start, request, namespace }) => {
      const running = start('compare', 'httpbin', '--access-logs', '-o', 'json')
      await holds('both logs', running, () => ['v1', 'v2'].every((one) => node.followers(podOf(namespace, one)) === 1))
      request('/begun')
      await holds('a match', running, () => running.output.stdout.includes('/begun'))
      return running
    },
    end: async ({ request }, running) => {
      request('/after')
      await holds('a match', running, () => running.output.stdout.includes('/after'))
      running.child.kill('SIGINT')
      await once(running.child, 'close')
      const summary = JSON.parse(running.output.stdout.trimEnd().split('\n').at(-1)!) as Record<string, number>
      expect(summary, running.output.stderr).toMatchObject({ requests: 3, copied: 3, orphans: 0 })
    }
  },
  diff: {
    begin: async ({ start, namespace }) => {
      const running = start('diff', 'httpbin', '--baseline', '-o', 'json')
      await holds('both taps', running, () => ['v1', 'v2'].every((one) => node.taps(podOf(namespace, one)) === 1))
      return running
    },
    end: async ({ namespace, left }, running) => {
      await holds('both taps', running, () => ['v1', 'v2'].every((one) => node.taps(podOf(namespace, one)) === 1))
      await holds('its filters and its baseline', running, async () => (await left()).length === 4)
      node.record(podOf(namespace, 'v1'), podOf(namespace, 'v2'))
      await holds('a match', running, () => running.output.stdout.includes('"/get"'))
      running.child.kill('SIGINT')
      // Of each tap that it was interrupted, and of the outage once.
      const warnings = running.output.stderr.split('\n').filter((line) => line.startsWith('warning:'))
      expect(warnings.length, running.output.stderr).toBeLessThanOrEqual(3)
    }
  },
  'enable --wait': {
    begin: async ({ namespace, start }) => {
      await runPod(namespace, node.name, 'v2', false)
      const running = start('enable', 'httpbin', '--to', 'v2', '--percent', '9', '--direct', '--wait')
      await holds('it is enabled', running, () => running.output.stdout.includes('mirrored'))
      return running
    },
    end: async ({ namespace }) => runPod(namespace, node.name, 'v2')
  },
  'disable --created': {
    begin: async ({ namespace, start }) => {
      const created = (resource: string) =>
        tryKubectl(['label', resource, 'httpbin', 'kubectl-mirror.dev/created=true', '-n', namespace])
      await Promise.all(['virtualservice', 'destinationrule'].map(created))
      const running = start('disable', 'httpbin', '--created')
      // It gives the proxies three seconds before it deletes what the route used.
      await holds('the route is deleted', running, () => running.output.stdout !== '')
      return running
    },
    end: async ({ namespace }, { child }) => {
      if (child.exitCode === null) await once(child, 'close')
      const { items } = await ask<{ readonly items: readonly unknown[] }>(
        collection(namespace, 'networking.istio.io/v1', 'destinationrules')
      )
      expect(items).toEqual([])
    }
  },
  'enable --create --wait': {
    begin: async ({ namespace }) => {
      const own = `${namespace}-new`
      await tryKubectl(['create', 'namespace', own])
      await apply(own, SERVICE)
      for (const version of ['v1', 'v2']) await createPod(own, version, false)
      const running = startIn(own, 'enable', 'httpbin', '--create', '--direct', '--to', 'v2', '--from', 'v1', '--wait')
      await new Promise((resolve) => setTimeout(resolve, 2000))
      return running
    },
    end: async ({ namespace }, running) => {
      for (const version of ['v1', 'v2']) await createPod(`${namespace}-new`, version)
      await holds('it is made', running, () => running.output.stdout.includes('Created VirtualService'))
    }
  }
}

test('each command continues', async () => {
  const names = Object.keys(CASES)
  const stages = await Promise.all(
    names.map(async (name, at) => ({ name, mirrored: await openMirrored(`faults-restart-${at}`, node) }))
  )
  const begun = await Promise.all(
    stages.map(async (stage) => ({ ...stage, running: await CASES[stage.name]!.begin(stage.mirrored) }))
  )
  const restarted = restartServer()
  for (const { name, mirrored } of stages) if (name === 'logs' || name === 'compare') mirrored.request('/while')
  await restarted
  const outcomes = await Promise.all(
    begun.map(async ({ name, mirrored, running }) => {
      const { child, output } = running
      const closed = once(child, 'close')
      await CASES[name]!.end(mirrored, running)
      if (child.exitCode === null) await closed
      return { name, code: child.exitCode, output, mirrored }
    })
  )
  for (const { name, code, output, mirrored } of outcomes) {
    expect(code, `${name}: ${output.stderr}`).toBe(0)
    if (name !== 'disable --created') expect(await mirrored.left(), name).toEqual([])
  }
})
