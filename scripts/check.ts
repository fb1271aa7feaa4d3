// Everything that must hold of the sources without running them. All checks run, then the failures are named.
import { spawnSync } from 'node:child_process'

/** Finds .github/workflows by itself. */
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '--project', '.'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  format: ['oxfmt', '--check'],
  'dead code': ['knip'],
  drift: ['node', 'scripts/generate.ts', '--check'],
  links: ['node', 'scripts/check-links.ts'],
  chart: ['node', 'scripts/lint-chart.ts'],
  workflows: ['go', 'run', ACTIONLINT]
}

const failed = Object.entries(CHECKS).filter(([name, [command = '', ...args]]) => {
  console.log(`check: ${name}`)
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0
})
if (failed.length > 0) {
  console.error(`check: failed: ${failed.map(([name]) => name).join(', ')}`)
  process.exitCode = 1
}
