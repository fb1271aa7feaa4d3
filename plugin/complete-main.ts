#!/usr/bin/env node
// Starts completion: kubectl runs `kubectl_complete-mirror` with the words typed so far. Touches the process as main.ts does.
import { Writable } from 'node:stream'
import { prepareRuntime } from './runtime.ts'

// Whatever goes wrong must not end up on the line that is being typed.
const silent = new Writable({ write: (_chunk, _encoding, done) => done() })

try {
  if (prepareRuntime() === undefined) {
    const { complete } = await import('./complete.ts')
    await complete(process.argv.slice(2), {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: silent,
      env: process.env,
      signal: AbortSignal.timeout(5_000),
      now: () => new Date()
    })
  }
} catch {
  process.stdout.write(':4\n')
}
