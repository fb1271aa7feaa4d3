// Bundles the programs, or those named, into dist/: what ships needs no node_modules.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { bundleOf, PROGRAMS, type Program } from './bundle.ts'

const DIST = join(import.meta.dirname, '../dist')
/** kubectl finds its plugins by names without an ending. */
const EXECUTABLES = Object.keys(PROGRAMS.plugin)

/** Each file takes the place of an earlier one at once: what runs meanwhile finds the one or the other. */
async function buildProgram(name: Program): Promise<void> {
  const started = performance.now()
  const { outputFiles, metafile } = await build(bundleOf(name))
  assertNames(metafile)
  const executables = new Map(EXECUTABLES.map((file) => [join(DIST, `${file}.js`), join(DIST, file)]))
  for (const { path, contents } of outputFiles) {
    const executable = executables.get(path)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, contents)
    // Not as the umask has it: in the image another user runs it.
    chmodSync(`${path}.new`, executable === undefined ? 0o644 : 0o755)
    renameSync(`${path}.new`, executable ?? path)
  }
  removeOthers(join(DIST, name), new Set(outputFiles.map(({ path }) => path)))
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

const known = Object.keys(PROGRAMS) as Program[]
const asked = process.argv.slice(2)
const unknown = asked.find((name) => !known.some((one) => one === name))
if (unknown !== undefined) throw new Error(`there is no program ${unknown}; build one of ${known.join(', ')}`)
for (const name of known) if (asked.length === 0 || asked.includes(name)) await buildProgram(name)
