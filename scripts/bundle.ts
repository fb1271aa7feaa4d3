// How every program is bundled.
import { isBuiltin } from 'node:module'
import type { BuildOptions, Plugin } from 'esbuild'

/**
 * An import of a built-in module evaluates every export of it: node:http its WebSocket, which is all of undici, and
 * node:process the stream of standard input. That was a tenth of a command's time. Required, they load what is used, and
 * bundled CommonJS modules find them without a `require`, which an ES module doesn't have.
 */
const REQUIRED_BUILTINS: Plugin = {
  name: 'required built-in modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, importer }) => {
      // commander imports it for a feature that we don't use, and 5 ms of each start would go into loading it.
      if (path === 'node:child_process' && importer.includes('/commander/')) return { path, namespace: 'unused' }
      return isBuiltin(path) ? { path, namespace: 'built-in' } : undefined
    })
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: '' }))
    onLoad({ filter: /^/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`
    }))
  }
}

export const BUNDLE: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Readable stack traces at no cost that counts: names stay, blanks go.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'eof',
  plugins: [REQUIRED_BUILTINS],
  logLevel: 'warning',
  absWorkingDir: new URL('..', import.meta.url).pathname
}
