// What a release is made of, made twice from one commit: in another folder, later, in another time zone, with another umask.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { buildImage } from '../sandbox/buildah.ts'
import { nodeBase } from '../sandbox/images.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import { NODE_IMAGE } from '../sandbox/recipes.ts'
import { times } from './short.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMIT_TIME = 1_790_000_000
/** One of each kind: tar with an executable, tar with Node beside the bundle, zip. */
const PLATFORMS = ['linux/amd64', 'darwin/arm64', 'windows/amd64'].slice(0, times(3, 1))

const MAKERS = [
  { folder: 'a', umask: '022', zone: 'UTC' },
  { folder: 'another/and-deeper', umask: '077', zone: 'America/Los_Angeles' }
] as const

let work: string
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'reproducible-'))
  for (const { folder, umask, zone } of MAKERS) release(copyTo(join(work, folder)), umask, zone)
}, 15 * 60_000)
afterAll(() => rmSync(work, { recursive: true, force: true }))

test('archives, packages, chart, SBOMs and krew manifest have the same bytes', () => {
  const [first, second] = MAKERS.map(({ folder }) => digests(join(work, folder, 'packages')))
  expect(Object.keys(first!)).toEqual(
    expect.arrayContaining([
      `chart/kubectl-mirror-${packageJson.version}.tgz`,
      'sbom-plugin.cdx.json',
      'sbom-webhook.cdx.json'
    ])
  )
  expect(second).toEqual(first)
})

test("the webhook's image has the same id, and any user can read what is in it", async () => {
  const session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: AbortSignal.timeout(1e9)
  }
  const ids: string[] = []
  for (const [index, { folder }] of MAKERS.entries()) {
    const context = join(work, folder)
    expect(statSync(join(context, 'dist/webhook.js')).mode & 0o777).toBe(0o644)
    const tag = `localhost/reproducible-${index}:test`
    const source = { context, dockerfile: join(context, 'webhook/Dockerfile'), tag, timestamp: COMMIT_TIME }
    ids.push(await buildImage({ ...source, buildArgs: { BASE_IMAGE: NODE_IMAGE } }, nodeBase(session.place), session))
  }
  expect(ids[1]).toBe(ids[0])
})

/** The sources, not what was built from them; packages as hard links. */
function copyTo(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  for (const file of listed
    .toString()
    .split('\0')
    .filter((name) => name !== '')) {
    cpSync(join(ROOT, file), join(folder, file), { preserveTimestamps: false })
  }
  // Else npm's scripts find it newer than what is installed, and install again.
  utimesSync(join(folder, 'package-lock.json'), 0, 0)
  const modules = [join(ROOT, 'node_modules'), join(folder, 'node_modules')] as const
  try {
    execFileSync('cp', ['--archive', '--link', ...modules], { stdio: 'ignore' })
  } catch {
    execFileSync('cp', ['--archive', '--force', ...modules]) // another file system
  }
  return folder
}

function release(folder: string, umask: string, zone: string): void {
  const path = `${join(folder, 'node_modules/.bin')}:${process.env['PATH']}`
  const env = {
    ...process.env,
    PATH: path,
    TZ: zone,
    SOURCE_DATE_EPOCH: String(COMMIT_TIME),
    GITHUB_REF_NAME: `v${packageJson.version}`
  }
  const command = `umask ${umask} && exec "$0" scripts/release.ts --dry-run ${PLATFORMS.join(' ')}`
  execFileSync('sh', ['-c', command, process.execPath], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'))
  return Object.fromEntries(
    files.toSorted().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')
    ])
  )
}
