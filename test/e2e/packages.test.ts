// What people install: npm's package into an empty prefix, and each platform's archive by krew itself. Needs no cluster.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { buildPrograms } from '../sandbox/build.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'

const ROOT = join(import.meta.dirname, '../..')
const NODE = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin')
const MEGABYTE = 1e6

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packages-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** stdout, of a command that finds no programs but those of the system and, if asked for, Node. */
function run(
  file: string,
  args: readonly string[],
  { path = '', ...env }: Readonly<Record<string, string>> = {}
): string {
  const PATH = `${path}:/usr/local/bin:/usr/bin:/bin`
  return execFileSync(file, args, { cwd: folder, encoding: 'utf8', env: { HOME: folder, ...env, PATH } })
}

test("npm's package stays under 1 MB and works from an empty prefix", () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8' }).replace(
      /^[^[]*/, // what the build says before it
      ''
    )
  ) as [{ readonly filename: string; readonly size: number; readonly files: readonly { readonly path: string }[] }]
  expect(packed.size).toBeLessThan(MEGABYTE)
  expect(packed.files.map(({ path }) => path)).toContain('LICENSE')
  const prefix = join(folder, 'prefix')
  run('npm', ['install', '--global', '--prefix', prefix, '--offline', join(folder, packed.filename)], { path: NODE })
  const installed = { path: `${prefix}/bin:${NODE}` }
  expect(run('kubectl-mirror', ['version'], installed)).toContain(packageJson.version)
  expect(run('kubectl_complete-mirror', ['sta'], installed)).toContain('status')
})

const PLATFORMS = ['linux/amd64', 'linux/arm64', 'darwin/amd64', 'darwin/arm64', 'windows/amd64'] as const

describe('archives', () => {
  let krew: string

  beforeAll(async () => {
    const session = {
      place: placeOf(process.env),
      progress: new Progress(process.stderr),
      signal: AbortSignal.timeout(1e9)
    }
    krew = (await buildPrograms(['krew'], session, () => undefined)).krew
    execFileSync(process.execPath, ['scripts/package.ts'], { cwd: ROOT })
  }, 10 * 60_000)

  test.for(PLATFORMS)('krew installs that of %s', (platform) => {
    const [os = '', arch = ''] = platform.split('/')
    const archive = readdirSync(join(ROOT, 'packages')).find((name) => name.includes(`_${os}_${arch}.`))!
    const root = join(folder, `krew-${os}-${arch}`)
    const manifest = ['--manifest', join(ROOT, 'packages/mirror.yaml'), '--archive', join(ROOT, 'packages', archive)]
    // It checks the manifest against its own rules, and the archive against the manifest's checksum.
    run(krew, ['install', ...manifest], { KREW_ROOT: root, KREW_OS: os, KREW_ARCH: arch })
    const store = join(root, 'store/mirror', `v${packageJson.version}`)
    expect(existsSync(join(store, 'LICENSE'))).toBe(true)
    if (os === 'darwin') {
      // Apple's signature is in it, and a changed binary would be killed.
      expect(readFileSync(join(store, 'node')).includes('Developer ID Application: Node.js Foundation')).toBe(true)
    }
    if (platform !== `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`) return
    expect(run(join(root, 'bin/kubectl-mirror'), ['version'])).toContain(packageJson.version)
    expect(run(join(store, 'kubectl_complete-mirror'), ['sta'])).toContain('status')
    expect(statSync(join(store, 'kubectl-mirror')).size).toBeLessThan(200 * MEGABYTE)
  })
})
