// How every program is bundled.
import type { BuildOptions } from 'esbuild'

/** Bundled CommonJS modules ask for Node's own modules by `require`, which an ES module doesn't have. */
const REQUIRE = 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);'

export const BUNDLE: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Readable stack traces at no cost that counts: names stay, blanks go.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'eof',
  banner: { js: REQUIRE },
  logLevel: 'warning',
  absWorkingDir: new URL('..', import.meta.url).pathname
}
