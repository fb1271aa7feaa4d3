// Makes everything that a release consists of, into packages/, and publishes it; with --dry-run it only makes it. Run by
// .github/workflows/release.yml on a tag; needs docker with buildx, helm and npm, logged in where they publish to. What it makes
// has the same bytes each time it is made from a commit; a dry run can be of the archives of some platforms only, as linux/amd64.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
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
/** As in the Dockerfile. */
const BASE = 'node:24-slim'
const CHARTS = 'oci://ghcr.io/kubectl-mirror/charts'

const dryRun = process.argv.includes('--dry-run')
const platforms = process.argv.slice(2).filter((argument) => argument !== '--dry-run')
if (!dryRun && platforms.length > 0) throw new Error('a release is of all platforms; name some with --dry-run only')

checkVersions()
const commitTime = process.env['SOURCE_DATE_EPOCH'] ?? read('git', 'log', '-1', '--format=%ct')
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT)
run('node', 'scripts/build.ts')
run('node', 'scripts/package.ts', ...platforms) // archives for each platform, and the krew manifest
run('npm', 'pack', '--pack-destination', OUT)
packChart()
for (const program of ['webhook', 'plugin'] as const) {
  writeFileSync(join(OUT, `sbom-${program}.cdx.json`), await billOfMaterials(program))
}
writeFileSync(join(OUT, 'NOTES.md'), notes())
if (dryRun) {
  console.log(`made in ${OUT}; nothing is published`)
} else {
  publishImage()
  run(helm(), 'push', join(OUT, 'chart', `kubectl-mirror-${version}.tgz`), CHARTS)
  run('npm', 'publish', '--provenance', '--access', 'public')
}

/** In a folder of its own: npm gives its archive the same name. helm keeps the files' times, which are those of the checkout. */
function packChart(): void {
  const work = mkdtempSync(join(tmpdir(), 'kubectl-mirror-chart-'))
  const chart = join(work, 'kubectl-mirror')
  cpSync(join(ROOT, 'charts/kubectl-mirror'), chart, { recursive: true })
  for (const name of readdirSync(chart, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(chart, name), Number(commitTime), Number(commitTime))
  run(helm(), 'package', chart, '--destination', join(OUT, 'chart'))
  rmSync(work, { recursive: true })
}

/** The base's tag moves: image.json says which it was, so that the image can be made again. */
function publishImage(): void {
  const digest = read('docker', 'buildx', 'imagetools', 'inspect', BASE, '--format', '{{.Manifest.Digest}}')
  const base = `${BASE}@${digest}`
  const name = `${IMAGE}:${version}`
  writeFileSync(join(OUT, 'image.json'), `${JSON.stringify({ name, base, sourceDateEpoch: Number(commitTime) })}\n`)
  process.env['SOURCE_DATE_EPOCH'] = commitTime // buildx dates layers and image by it
  const what = [
    '--file',
    'webhook/Dockerfile',
    '--build-arg',
    `BASE_IMAGE=${base}`,
    '--platform',
    'linux/amd64,linux/arm64'
  ]
  const attested = ['--sbom=true', '--provenance=mode=max']
  const output = ['--output', 'type=registry,rewrite-timestamp=true']
  run('docker', 'buildx', 'build', ...what, ...attested, ...output, '--tag', name, '.')
}

/** A release has one version: that of the package, the chart, the changelog and the tag. */
function checkVersions(): void {
  const chart = parse(textOf('charts/kubectl-mirror/Chart.yaml')) as { version: string; appVersion: string } // ours
  const tag = process.env['GITHUB_REF_NAME'] ?? `v${version}`
  const found = { chart: chart.version, appVersion: chart.appVersion, tag: tag.replace(/^v/, '') }
  const wrong = Object.entries(found).filter(([, one]) => one !== version)
  if (wrong.length > 0) {
    throw new Error(`package.json says ${version}, but ${wrong.map(([name, one]) => `${name} says ${one}`).join(', ')}`)
  }
}

/** What CHANGELOG.md says of this version. */
function notes(): string {
  const [, section] = textOf('CHANGELOG.md').split(`\n## ${version}`)
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}"; write it first`)
  return section.slice(section.indexOf('\n')).split('\n## ')[0]!.trim()
}

/** The sandbox's, or the machine's own. */
function helm(): string {
  const ours = join(toolsFolder(placeOf(process.env)), 'helm')
  return existsSync(ours) ? ours : 'helm'
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

function read(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' }).trim()
}

function run(command: string, ...args: readonly string[]): void {
  console.log(`$ ${[command, ...args].join(' ')}`)
  execFileSync(command, args, { cwd: ROOT, stdio: 'inherit' })
}
