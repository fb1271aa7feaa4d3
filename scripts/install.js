// Installs the npm packages when they are missing or older than the lock file. Plain JavaScript: it runs before there is
// anything to run TypeScript with, on whatever Node the machine has. As a pre-script: in the same shell the next `node` would
// be the one that the shell remembers, not Node 24 on npm's PATH.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

const modified = (file) => statSync(new URL(`../${file}`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0

// npm writes the second file at the end of an install.
if (modified('package-lock.json') > modified('node_modules/.package-lock.json')) {
  console.error('Installing npm packages (about a minute) ...')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: new URL('..', import.meta.url),
    stdio: ['inherit', 2, 'inherit'], // what follows may print for a shell to evaluate
    shell: process.platform === 'win32'
  })
  if (status !== 0) {
    console.error('npm ci failed: see its message above; a package registry must be reachable.')
    process.exitCode = 1
  }
}
