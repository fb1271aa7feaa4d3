// Starts processes that outlive this run, and records who they are; knows nothing of what they do.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from './failure.ts'
import { type Identity, identify } from './processes.ts'

/** Returns in the same turn, so that its caller can record it before anything can interrupt. */
export function startDaemon(command: readonly string[], log: string, cwd: string): Identity {
  const [file = '', ...args] = command
  mkdirSync(dirname(log), { recursive: true })
  const output = openSync(log, 'a')
  try {
    const child = spawn(file, args, { cwd, detached: true, stdio: ['ignore', output, output] })
    // A program that does not exist has no pid; the error event only repeats it.
    child.on('error', () => {})
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity === undefined) throw new Failure(`${file} did not start`, { log })
    child.unref()
    return identity
  } finally {
    closeSync(output)
  }
}
