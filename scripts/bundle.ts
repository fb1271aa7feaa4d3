// How every program is bundled.
import { isBuiltin } from 'node:module'
import type { BuildOptions, Plugin } from 'esbuild'
import { OLDEST_NODE } from './node-package.ts'

/**
 * An import of a built-in module evaluates every export of it: node:http its WebSocket, which is all of undici, and
 * node:process the stream of standard input. That was a tenth of a command's time. Here only the names that are used are
 * read, and each importer reads for itself, or every built-in module would be one more file of its own to load.
 */
const LAZY_BUILTINS: Plugin = {
  name: 'lazy built-in modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, importer, kind }) => {
      // commander imports it for a feature that we don't use, and 5 ms of each start would go into loading it.
      if (path === 'node:child_process' && importer.includes('/commander/')) return { path, namespace: 'unused' }
      if (!isBuiltin(path)) return undefined
      // What CommonJS modules ask for: an ES module has no `require`.
      if (kind === 'require-call') return { path, namespace: 'required' }
      return { path: `${path} of ${importer}`, namespace: 'imported', pluginData: path, sideEffects: false }
    })
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: '' }))
    onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`
    }))
    onLoad({ filter: /^/, namespace: 'imported' }, async ({ pluginData: path }) => ({
      contents: await exportsOf(path)
    }))
  }
}

/** An ES module that evaluates what is imported from it, and no more. */
async function exportsOf(builtin: string): Promise<string> {
  const names = Object.keys(await import(builtin)).filter((name) => name !== 'default' && name !== 'module.exports')
  return [
    `const builtin = /* @__PURE__ */ process.getBuiltinModule('${builtin}')`,
    'export default builtin',
    ...names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})()`)
  ].join('\n')
}

export const BUNDLE: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: `node${OLDEST_NODE}`,
  format: 'esm',
  // Readable stack traces at no cost that counts: names stay, blanks go.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'eof',
  plugins: [LAZY_BUILTINS],
  logLevel: 'warning',
  absWorkingDir: new URL('..', import.meta.url).pathname
}
