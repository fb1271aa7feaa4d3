// One comparison of many pods by the plugin as it ships: the load, the run, and what it took. Asserts nothing.
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf, processorTimeOf } from '../bench/process.ts'
import type { Said, Written } from './kubelet.ts'
import type { Load } from './traffic.ts'

export interface Kubelet {
  readonly port: number
  /** Resolves when so many logs are followed. */
  followed(logs: number): Promise<void>
  write(seconds: number): Promise<Written>
  stop(): Promise<void>
}

/** `pki`: a folder with the key and the certificate of that name. */
export async function startKubelet(pki: string, name: string, load: Load): Promise<Kubelet> {
  const args = [join(pki, `${name}.key`), join(pki, `${name}.crt`), JSON.stringify(load)]
  const child = fork(join(import.meta.dirname, 'kubelet.ts'), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { port } = (await said(child, (one) => 'port' in one)) as { port: number }
  return {
    port,
    followed: async (logs) => void (await said(child, (one) => 'followed' in one && one.followed === logs)),
    write: async (seconds) => {
      child.send(seconds)
      return ((await said(child, (one) => 'written' in one)) as { written: Written }).written
    },
    stop: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }
}

function said(child: ChildProcess, isAwaited: (said: Said) => boolean): Promise<Said> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Said) => isAwaited(message) && resolve(message))
    child.once('exit', (code) => reject(new Error(`the kubelet's model ended with ${code}`)))
  })
}

export interface Compared {
  readonly written: Written
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Resident, in MB: once a second while lines are written. */
  readonly memory: readonly number[]
  readonly peak: number
  /** Milliseconds of the plugin's processor time from the first line to the last. */
  readonly processor: number
}

export interface RunOptions {
  readonly plugin: string
  readonly kubeconfig: string
  readonly namespace: string
  readonly flags?: readonly string[]
}

/** Lines are written for so many seconds, well within the run: nothing lies at its edges. */
export async function compareMany(
  kubelet: Kubelet,
  { pods }: Load,
  seconds: number,
  { plugin, kubeconfig, namespace, flags = [] }: RunOptions
): Promise<Compared> {
  const lasts = seconds + 2 * MARGIN + 2
  const followed = kubelet.followed(2 * pods)
  const child = spawn(
    process.execPath,
    [plugin, 'compare', 'shop', '--namespace', namespace, '--for', `${lasts}s`, ...flags],
    { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['ignore', 'pipe', 'pipe'] }
  )
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const ended = once(child, 'close') as Promise<[number]>
  try {
    await Promise.race([followed, ended])
    await sleep(MARGIN * 1000)
    const memory: number[] = []
    const before = processorTimeOf(child.pid!)
    const sampling = setInterval(() => child.exitCode === null && memory.push(memoryOf(child.pid!).now), 1000)
    const written = await kubelet.write(seconds)
    clearInterval(sampling)
    // What is on its way, and what waits for another use of its id.
    await sleep(1000)
    const processor = processorTimeOf(child.pid!) - before
    const { peak } = memoryOf(child.pid!)
    const [code] = await ended
    return { written, code, ...output, memory, peak, processor }
  } finally {
    child.kill('SIGKILL')
  }
}

/** Seconds: longer than the edges of a run, whose unmatched records are not counted. */
const MARGIN = 3
