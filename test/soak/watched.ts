// The processes under watch: the plugin's commands, run here, and the webhook's replicas. Each is sampled until it is stopped.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { kubectl } from '../e2e/kubectl.ts'
import { PLACE } from '../e2e/release.ts'
import { sampleScript, type Sample } from './samples.ts'

export interface Command {
  readonly name: string
  /** How often each line of stdout came; of JSON only the last is kept. */
  readonly counts: ReadonlyMap<string, number>
  readonly last: () => string
  sample(): Sample
  /** By Ctrl-C. Its exit code and stderr. */
  stop(): Promise<{ readonly code: number | null; readonly stderr: string }>
}

/** `kubectl mirror ARGS`, whose output may be of any length. kubectl replaces itself by the plugin: one process. */
export function startCommand(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const child = spawn('kubectl', ['mirror', name, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const counts = new Map<string, number>()
  let [last, stderr] = ['', '']
  createInterface(child.stdout).on('line', (line) => {
    last = line
    if (!line.startsWith('{')) counts.set(line, (counts.get(line) ?? 0) + 1)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-10_000)))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    name,
    counts,
    last: () => last,
    sample: () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${stderr}`)
      const kB = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      return { memory: Number(kB) * 1024, descriptors: readdirSync(`/proc/${child.pid}/fd`).length }
    },
    stop: async () => {
      child.kill('SIGINT')
      return { code: await ended, stderr }
    }
  }
}

export interface Watch {
  /** The samples by process. */
  stop(): Promise<ReadonlyMap<string, readonly Sample[]>>
}

const EVERY_MS = 5000

export async function watch(commands: readonly Command[]): Promise<Watch> {
  const names = ['pods', ...PLACE, '-o', 'jsonpath={.items[*].metadata.name}']
  const pods = (await kubectl('get', ...names)).split(' ')
  const samples = new Map<string, Sample[]>()
  const add = (name: string, sample: Sample) => samples.set(name, [...(samples.get(name) ?? []), sample])
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      for (const command of commands) add(command.name, command.sample())
      for (const [index, pod] of pods.entries()) {
        const text = await kubectl('exec', pod, ...PLACE, '--', 'node', '-e', sampleScript(1))
        add(`webhook replica ${index + 1}`, JSON.parse(text) as Sample)
      }
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  // It is awaited at the end, and must not end the process before.
  watching.catch(() => {})
  return {
    async stop() {
      stopping.abort()
      await watching
      return samples
    }
  }
}
