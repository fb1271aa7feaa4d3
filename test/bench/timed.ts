// Runs a command to its end: how long it took, and what it needed. Knows no command.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { endedProcessorTime } from './process.ts'

export interface Timed {
  readonly milliseconds: number
  /** Milliseconds of all its threads. Right only if no other child of this process ends meanwhile. */
  readonly processor: number
  /** MB resident, at most; as last seen before the end. */
  readonly peak: number
}

/** Fails as the command does. Its output goes nowhere. */
export async function time(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Timed> {
  const started = performance.now()
  const before = endedProcessorTime()
  const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  let peak = 0
  const look = (): void => void (peak = peakOf(child.pid) ?? peak)
  const timer = setInterval(look, 20)
  const [code] = (await once(child, 'exit')) as [number | null]
  const milliseconds = performance.now() - started
  clearInterval(timer)
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}: ${stderr}`)
  return { milliseconds, processor: endedProcessorTime() - before, peak }
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined // ended meanwhile
  }
}
