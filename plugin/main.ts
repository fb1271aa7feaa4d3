#!/usr/bin/env node
// Starts the plugin: touches the process, its streams, signals and environment, so that nothing else has to.
import type { Io } from './io.ts'
import { prepareRuntime } from './runtime.ts'

const stop = new AbortController()

// The second Ctrl-C finds no listener any more and ends the process at once, whatever still runs.
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

// `kubectl mirror logs ... | head`: the reader has seen enough, which is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
  now: () => new Date()
}

const obstacle = prepareRuntime()
if (obstacle) {
  process.stderr.write(`error: ${obstacle}\n`)
  process.exitCode = 1
} else {
  // Imported late: what is loaded before the cache of compiled code is open is not in it.
  const { runCommandLine } = await import('./cli.ts')
  // Not process.exit: it would cut off what a pipe has not taken yet.
  process.exitCode = await runCommandLine(process.argv.slice(2), io)
}
