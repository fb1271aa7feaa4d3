// Bundles each program into one file under dist/: what ships needs no node_modules.
import { rmSync } from 'node:fs'
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

const PROGRAMS: readonly BuildOptions[] = [
  { entryPoints: ['webhook/main.ts'], outfile: 'dist/webhook.js', banner: { js: REQUIRE } },
  { entryPoints: ['plugin/main.ts'], outfile: 'dist/kubectl-mirror', banner: { js: REQUIRE } }
]

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
for (const program of PROGRAMS) {
  const started = performance.now()
  await build({ ...SHARED, ...program })
  console.log(`built ${program.outfile} in ${Math.round(performance.now() - started)} ms`)
}
