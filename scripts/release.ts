// Makes everything that a release consists of, into packages/, and publishes it; with --dry-run it only makes it. Run by
// .github/workflows/release.yml on a tag; needs docker with buildx, helm and npm, logged in where they publish to.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import packageJson from '../package.json' with { type: 'json' }
import { toolsFolder } from '../test/sandbox/downloads.ts'
import { placeOf } from '../test/sandbox/place.ts'
import { billOfMaterials } from './sbom.ts'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'packages')
const { version } = packageJson
const IMAGE = 'ghcr.io/kubectl-mirror/kubectl-mirror'
const CHARTS = 'oci://ghcr.io/kubectl-mirror/charts'

const dryRun = process.argv.includes('--dry-run')

checkVersions()
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT)
run('node', 'scripts/build.ts')
run('node', 'scripts/package.ts') // archives for each platform, and the krew manifest
run('npm', 'pack', '--pack-destination', OUT)
// In a folder of its own: npm gives its archive the same name.
run(helm(), 'package', 'charts/kubectl-mirror', '--destination', join(OUT, 'chart'))
writeFileSync(join(OUT, 'sbom.cdx.json'), await billOfMaterials())
writeFileSync(join(OUT, 'NOTES.md'), notes())
if (dryRun) {
  console.log(`made in ${OUT}; nothing is published`)
} else {
  const platforms = ['--platform', 'linux/amd64,linux/arm64']
  run(
    'docker',
    'buildx',
    'build',
    ...platforms,
    '--file',
    'webhook/Dockerfile',
    '--tag',
    `${IMAGE}:${version}`,
    '--push',
    '.'
  )
  run(helm(), 'push', join(OUT, 'chart', `kubectl-mirror-${version}.tgz`), CHARTS)
  run('npm', 'publish', '--provenance', '--access', 'public')
}

/** A release has one version: that of the package, the chart, the changelog and the tag. */
function checkVersions(): void {
  const chart = parse(read('charts/kubectl-mirror/Chart.yaml')) as { version: string; appVersion: string } // ours
  const tag = process.env['GITHUB_REF_NAME'] ?? `v${version}`
  const found = { chart: chart.version, appVersion: chart.appVersion, tag: tag.replace(/^v/, '') }
  const wrong = Object.entries(found).filter(([, one]) => one !== version)
  if (wrong.length > 0) {
    throw new Error(`package.json says ${version}, but ${wrong.map(([name, one]) => `${name} says ${one}`).join(', ')}`)
  }
}

/** What CHANGELOG.md says of this version. */
function notes(): string {
  const [, section] = read('CHANGELOG.md').split(`\n## ${version}`)
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}"; write it first`)
  return section.slice(section.indexOf('\n')).split('\n## ')[0]!.trim()
}

function helm(): string {
  return process.env['CI'] === undefined ? join(toolsFolder(placeOf(process.env)), 'helm') : 'helm'
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

function run(command: string, ...args: readonly string[]): void {
  console.log(`$ ${[command, ...args].join(' ')}`)
  execFileSync(command, args, { cwd: ROOT, stdio: 'inherit' })
}
