// npm run soak: what runs for days, for as long as you say, on a sandbox of its own.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = `Usage: npm run soak -- [flags]

Writes, rollouts, rotated certificates, logs, compare and diff side by side on a cluster of its own on this machine (Linux, root).
Then each process must hold no more memory and no more descriptors than before, and nothing may be lost.

  --minutes N   for so long (default 30)
  --hours N     for so long
  --help        this text`

function main(): number {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, hours: { type: 'string' }, help: { type: 'boolean' } }
  })
  if (values.help === true) {
    console.log(USAGE)
    return 0
  }
  const minutes = values.hours === undefined ? Number(values.minutes ?? 30) : Number(values.hours) * 60
  if (!(minutes >= 3)) {
    console.error('error: a soak takes 3 minutes or more: each third of it has to tell a trend')
    return 1
  }
  const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
  const env = { ...process.env, KUBECTL_MIRROR_SOAK_MINUTES: String(minutes) }
  return spawnSync(process.execPath, [vitest, 'run', '--project', 'soak'], { env, stdio: 'inherit' }).status ?? 1
}

process.exitCode = main()
