// Runs the unit tests on the oldest Node that `engines` promises. Linux only, as all that CI runs.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { OLDEST_NODE, unpackNode } from './node-package.ts'

const ROOT = join(import.meta.dirname, '..')

// Beside what else was installed, so that it is downloaded once.
const folder = unpackNode(`node-linux-${process.arch}`, `${OLDEST_NODE}.0`, join(ROOT, 'node_modules/.oldest-node'))
const node = join(folder, 'bin/node')
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout
console.log(`unit tests on Node ${version.trim()}`)
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
// The webhook's image brings a Node of its own. What the tests start is process.execPath, so this Node, too.
const { status } = spawnSync(
  node,
  [vitest, 'run', '--project', 'unit', '--exclude', 'test/unit/webhook/**', ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: 'inherit'
  }
)
process.exitCode = status ?? 1
