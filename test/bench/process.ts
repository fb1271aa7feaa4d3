// One process under measurement: started, watched through /proc, stopped. Knows nothing of what it serves.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface Measured {
  readonly pid: number
  /** Milliseconds of processor time since its start, of all its threads. */
  processorTime(): number
  memory(): Memory
  /** Its last lines, when it has ended by itself; else undefined. */
  ended(): string | undefined
  stop(): Promise<void>
}

/** MB of resident memory. */
export interface Memory {
  readonly now: number
  readonly peak: number
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Takes both outputs. */
  readonly log: string
}

/** A tick of /proc's processor times, on every Linux that Node runs on. */
const TICK_MS = 10

export function start({ file, args, env = {}, log }: Command): Measured {
  const output = openSync(log, 'w')
  const child = spawn(file, args, {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', output, output]
  })
  closeSync(output)
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} cannot be started`)
  return {
    pid,
    processorTime: () => processorTimeOf(pid),
    memory: () => memoryOf(pid),
    ended: () => (isRunning(child) ? undefined : readFileSync(log, 'utf8').slice(-2000)),
    async stop() {
      if (!isRunning(child)) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

/** Milliseconds, of all its threads. */
export function processorTimeOf(pid: number): number {
  // The second field is the program's name in brackets, and may hold blanks: fields are counted from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Milliseconds, of all children of this process that have ended. */
export function endedProcessorTime(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}
