// Bundles the programs, or those named, into dist/: what ships needs no node_modules.
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import packageJson from '../package.json' with { type: 'json' }

/** Bundled CommonJS modules ask for Node's own modules by `require`, which an ES module doesn't have. */
const REQUIRE = 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);'

const SHARED: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Readable stack traces at no cost that counts: names stay, blanks go.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'eof',
  define: { 'process.env.KUBECTL_MIRROR_VERSION': JSON.stringify(packageJson.version) },
  logLevel: 'warning',
  absWorkingDir: new URL('..', import.meta.url).pathname
}

interface Program {
  readonly options: BuildOptions
  /** What an earlier build left. */
  readonly outputs: readonly string[]
  /** kubectl finds its plugins by names without an ending. */
  readonly executables?: readonly string[]
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  webhook: {
    options: { entryPoints: ['webhook/main.ts'], outfile: 'dist/webhook.js', banner: { js: REQUIRE } },
    outputs: ['webhook.js']
  },
  /** Split into chunks: a verb loads what it needs and no more, and `--help` next to nothing. */
  plugin: {
    options: {
      entryPoints: [
        { in: 'plugin/main.ts', out: 'kubectl-mirror' },
        { in: 'plugin/complete-main.ts', out: 'kubectl_complete-mirror' }
      ],
      outdir: 'dist',
      chunkNames: 'plugin/[name]-[hash]',
      splitting: true,
      banner: { js: REQUIRE }
    },
    outputs: ['kubectl-mirror', 'kubectl_complete-mirror', 'plugin'],
    executables: ['kubectl-mirror', 'kubectl_complete-mirror']
  }
}

const DIST = new URL('../dist/', import.meta.url)

/** An earlier build goes only when the new one has succeeded. */
async function buildProgram(name: string): Promise<void> {
  const program = PROGRAMS[name]
  if (!program) throw new Error(`there is no program ${name}; build one of ${Object.keys(PROGRAMS).join(', ')}`)
  const started = performance.now()
  const { outputFiles } = await build({ ...SHARED, ...program.options, write: false })
  for (const output of program.outputs) rmSync(new URL(output, DIST), { recursive: true, force: true })
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
  for (const executable of program.executables ?? []) {
    const file = new URL(executable, DIST)
    renameSync(new URL(`${file.href}.js`), file)
    chmodSync(file, 0o755)
  }
  console.log(`built the ${name} in ${Math.round(performance.now() - started)} ms`)
}

const asked = process.argv.slice(2)
for (const name of asked.length > 0 ? asked : Object.keys(PROGRAMS)) await buildProgram(name)
