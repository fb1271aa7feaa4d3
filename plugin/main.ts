#!/usr/bin/env node
// Starts the plugin: the only file that touches the process, its streams, signals and environment.
import { runCommandLine } from './cli.ts'

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

// Not process.exit: it would cut off what a pipe has not taken yet.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
  now: () => new Date()
})
