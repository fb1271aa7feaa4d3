// Bundles the programs, or those named, into dist/: what ships needs no node_modules.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { BUNDLE } from './bundle.ts'

interface Program {
  readonly options: BuildOptions
  /** Its folder of chunks. */
  readonly chunks?: string
  /** kubectl finds its plugins by names without an ending. */
  readonly executables?: readonly string[]
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  /** Split, so that what issues certificates, nearly half of it, is in memory only where it is needed. */
  webhook: {
    options: {
      entryPoints: [{ in: 'webhook/main.ts', out: 'webhook' }],
      outdir: 'dist',
      chunkNames: 'webhook/[name]-[hash]',
      splitting: true
    },
    chunks: 'webhook'
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
    chunks: 'plugin',
    executables: ['kubectl-mirror', 'kubectl_complete-mirror']
  }
}

const DIST = join(import.meta.dirname, '../dist')

/** Each file takes the place of an earlier one at once: what runs meanwhile finds the one or the other. */
async function buildProgram(name: string): Promise<void> {
  const program = PROGRAMS[name]
  if (!program) throw new Error(`there is no program ${name}; build one of ${Object.keys(PROGRAMS).join(', ')}`)
  const started = performance.now()
  const { outputFiles, metafile } = await build({ ...BUNDLE, ...program.options, write: false, metafile: true })
  assertNames(metafile)
  const executables = new Map(program.executables?.map((file) => [join(DIST, `${file}.js`), join(DIST, file)]))
  for (const { path, contents } of outputFiles) {
    const executable = executables.get(path)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, contents)
    // Not as the umask has it: in the image another user runs it.
    chmodSync(`${path}.new`, executable === undefined ? 0o644 : 0o755)
    renameSync(`${path}.new`, executable ?? path)
  }
  if (program.chunks !== undefined)
    removeOthers(join(DIST, program.chunks), new Set(outputFiles.map(({ path }) => path)))
  console.log(`built the ${name} in ${Math.round(performance.now() - started)} ms`)
}

function removeOthers(folder: string, kept: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) if (!kept.has(join(folder, name))) rmSync(join(folder, name))
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
