// Starts the plugin: touches the process, its streams, signals and environment, so that nothing else has to.
import type { Io } from './io.ts'
import { prepareRuntime } from './runtime.ts'

/** Sets the exit code and never ends the process: that would cut off what a pipe has not taken yet. */
export async function start(argv: readonly string[]): Promise<void> {
  const obstacle = prepareRuntime()
  if (obstacle) {
    process.stderr.write(`error: ${obstacle}\n`)
    process.exitCode = 1
    return
  }
  leaveQuietly()
  const io: Io = {
    // Opened by whoever reads it.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: untilInterrupted(),
    now: () => new Date()
  }
  // Imported late: what is loaded before the cache of compiled code is open is not in it.
  if (argv[0] === '__complete') process.exitCode = await (await import('./complete.ts')).complete(argv.slice(1), io)
  else process.exitCode = await (await import('./cli.ts')).runCommandLine(argv, io)
}

/** The second Ctrl-C finds no listener any more and ends the process at once, whatever still runs. */
function untilInterrupted(): AbortSignal {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  return stop.signal
}

/** `kubectl mirror logs ... | head`: the reader has seen enough, which is no error. */
function leaveQuietly(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(0)
    })
  }
}
