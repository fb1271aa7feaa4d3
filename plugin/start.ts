// Starts the plugin: touches the process, its streams, signals and environment, so that nothing else has to.
import type { Io } from './io/io.ts'
import { prepareRuntime } from './runtime.ts'

/** Sets the exit code and never ends the process: that would cut off what a pipe has not taken yet. */
export async function start(argv: readonly string[]): Promise<void> {
  const obstacle = prepareRuntime()
  if (obstacle) {
    process.stderr.write(`error: ${obstacle}\n`)
    process.exitCode = 1
    return
  }
  const interruption = watchForTheEnd(process)
  const io: Io = {
    // Opened on first use.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: interruption.signal,
    now: () => new Date()
  }
  // Imported late: what is loaded before the cache of compiled code is open is not in it.
  const code =
    argv[0] === '__complete'
      ? await (await import('./cli/complete.ts')).complete(argv.slice(1), io)
      : await (await import('./cli/cli.ts')).runCommandLine(argv, io)
  process.exitCode = interruption.exitCode(code)
}

type Watched = Pick<NodeJS.Process, 'on' | 'once' | 'exitCode'> & Record<'stdout' | 'stderr', NodeJS.WritableStream>

/**
 * Ctrl-C, `kill`, a terminal that is closed, and a reader that has seen enough (`... | head`) all end a run in good order:
 * what it put into the cluster is removed. A second Ctrl-C finds no listener and ends the process at once.
 */
export function watchForTheEnd(running: Watched) {
  const stop = new AbortController()
  let [isUnread, isBroken] = [false, false]
  for (const name of ['SIGINT', 'SIGTERM'] as const) running.once(name, () => stop.abort())
  // Of a closed terminal both the kernel and the shell send one, and nobody is there to press anything again.
  running.on('SIGHUP', () => stop.abort())
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      stop.abort()
      // EIO: the terminal is gone.
      if (error.code === 'EPIPE' || error.code === 'EIO') isUnread = true
      else if (!isBroken) {
        isBroken = true
        running.exitCode = 1
        running.stderr.write(`error: cannot write: ${error.message}\n`)
      }
    })
  }
  return {
    signal: stop.signal,
    /** Maps a command's exit code to the process's. */
    exitCode: (code: number): number => {
      if (isBroken) return 1
      // A closed pipe is no failure; a gate that failed by then is one.
      return isUnread && (code === 1 || code === INTERRUPTED) ? 0 : code
    }
  }
}

/** A shell's exit code for Ctrl-C. */
const INTERRUPTED = 130
