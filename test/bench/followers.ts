// The programs that follow logs, ours and its peers: their commands, and one run of each. Knows no measurement.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { memoryOf, processorTimeOf } from './process.ts'

export const FOLLOWERS = [
  { name: 'ours', label: 'kubectl mirror logs' },
  { name: 'stern', label: 'stern 1.34.0' },
  { name: 'kubectl', label: 'kubectl logs -l' }
] as const

export type FollowerName = (typeof FOLLOWERS)[number]['name']

export interface Tools {
  /** Our plugin as it ships. */
  readonly plugin: string
  readonly stern: string
  readonly kubectl: string
  readonly kubeconfig: string
  readonly namespace: string
}

/** Every line that there is, then the end; or only what comes from now on. */
export type Wish = 'everything' | 'news'

function commandOf(name: FollowerName, tools: Tools, app: string, wish: Wish): readonly string[] {
  const follows = wish === 'news'
  const namespace = ['--namespace', tools.namespace]
  if (name === 'ours') {
    const flags = follows ? ['--tail=0'] : ['--no-follow']
    return [process.execPath, tools.plugin, 'logs', app, ...namespace, ...flags]
  }
  if (name === 'stern') {
    const flags = follows ? ['--tail=0'] : ['--no-follow']
    return [tools.stern, '--selector', `app=${app}`, ...namespace, ...flags]
  }
  const flags = follows ? ['--follow', '--tail=0'] : ['--tail=-1']
  return [tools.kubectl, 'logs', '--selector', `app=${app}`, '--prefix', ...namespace, ...flags]
}

/** Milliseconds until every line is in the file. */
export async function readWhole(name: FollowerName, tools: Tools, app: string, file: string): Promise<number> {
  const output = openSync(file, 'w')
  const started = performance.now()
  const child = start(commandOf(name, tools, app, 'everything'), tools, output)
  closeSync(output)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${name} ended with ${code}`)
  return performance.now() - started
}

export interface Running {
  /** Milliseconds of processor time so far. */
  processorTime(): number
  /** Resident, in MB. */
  memory(): number
  stop(): Promise<void>
}

/** `onLine` costs time in this process: without it the lines go nowhere. */
export function follow(name: FollowerName, tools: Tools, app: string, onLine?: (line: string) => void): Running {
  const child = start(commandOf(name, tools, app, 'news'), tools, onLine ? 'pipe' : 'ignore')
  if (onLine && child.stdout) createInterface(child.stdout).on('line', onLine)
  const pid = child.pid!
  return {
    processorTime: () => processorTimeOf(pid),
    memory: () => memoryOf(pid).now,
    stop: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGINT')
      await exit
    }
  }
}

function start(
  [file = '', ...args]: readonly string[],
  tools: Tools,
  output: number | 'pipe' | 'ignore'
): ChildProcess {
  const env = { ...process.env, KUBECONFIG: tools.kubeconfig }
  return spawn(file, args, { env, stdio: ['ignore', output, 'ignore'] })
}
