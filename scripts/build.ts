// Bundles the programs, or those named, into dist/: what ships needs no node_modules.
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { BUNDLE } from './bundle.ts'

interface Program {
  readonly options: BuildOptions
  /** What an earlier build left. */
  readonly outputs: readonly string[]
  /** kubectl finds its plugins by names without an ending. */
  readonly executables?: readonly string[]
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  webhook: {
    options: { entryPoints: ['webhook/main.ts'], outfile: 'dist/webhook.js' },
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
      splitting: true
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
  const { outputFiles, metafile } = await build({ ...BUNDLE, ...program.options, write: false, metafile: true })
  assertNames(metafile)
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

/** A chunk of its own from a CommonJS module exports a default and nothing else: `(await import(...)).name` is undefined. */
function assertNames({ inputs, outputs }: Metafile): void {
  const lazy = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
  const nameless = lazy.filter((entryPoint) => inputs[entryPoint]?.format === 'cjs')
  if (nameless.length === 0) return
  throw new Error(
    `imported lazily, but CommonJS: ${nameless.join(', ')}; import it in a module of ours, and that lazily`
  )
}

const asked = process.argv.slice(2)
for (const name of asked.length > 0 ? asked : Object.keys(PROGRAMS)) await buildProgram(name)
