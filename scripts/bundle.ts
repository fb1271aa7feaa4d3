// How every program is bundled.
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { OLDEST_NODE } from './node-package.ts'

const ROOT = join(import.meta.dirname, '..')

/**
 * An import of a built-in module evaluates every export of it: node:http its WebSocket, which is all of undici, and
 * node:process the stream of standard input. That was a tenth of a command's time. Here only the names that are used are
 * read, and each importer reads for itself, or every built-in module would be one more file of its own to load.
 */
const LAZY_BUILTINS: Plugin = {
  name: 'lazy built-in modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, importer, kind }) => {
      if (!isBuiltin(path)) return undefined
      // What CommonJS modules ask for: an ES module has no `require`.
      if (kind === 'require-call') return { path, namespace: 'required' }
      // Named from the root, since chunks get their names and order from it.
      const name = `${path} of ${relative(ROOT, importer)}`
      return { path: name, namespace: 'imported', pluginData: path, sideEffects: false }
    })
    onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`
    }))
    onLoad({ filter: /^/, namespace: 'imported' }, async ({ pluginData: path }) => ({
      contents: await exportsOf(path)
    }))
  }
}

/**
 * What packages import for features that we don't use, by the importer's folder: an empty module takes its place. Otherwise this is
 * two thirds of the webhook's bundle, half of its start and a third of its memory.
 */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  '/commander/': ['node:child_process'],
  // We use the credentials of a service account: no requests, proxies, kubeconfig files or logins of people.
  '/@kubernetes/client-node/': [
    './gen/index.js',
    'undici',
    'openid-client',
    'js-yaml',
    'jsonpath-plus',
    'hpagent',
    'socks',
    'socks-proxy-agent'
  ],
  // For traces beside metrics.
  '/prom-client/': ['@opentelemetry/api']
}

/**
 * Of Express the webhook uses the router, which is a package of its own. The rest, above all a table of every media type, would be a
 * sixth of its start.
 */
const ROUTER_OF_EXPRESS = "export { default as Router } from 'router'"

const WITHOUT_UNUSED: Plugin = {
  name: 'without what is unused',
  setup({ onResolve, onLoad }) {
    const all = Object.values(UNUSED).flat().join('|')
    onResolve({ filter: new RegExp(`^(${all})$`) }, ({ path, importer }) => {
      const isUnused = Object.entries(UNUSED).some(
        ([folder, paths]) => importer.includes(folder) && paths.includes(path)
      )
      return isUnused ? { path, namespace: 'unused' } : undefined
    })
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: '' }))
    onResolve({ filter: /^express$/ }, () => ({ path: 'router of express', namespace: 'part' }))
    onLoad({ filter: /^/, namespace: 'part' }, () => ({
      contents: ROUTER_OF_EXPRESS,
      resolveDir: join(ROOT, 'node_modules/express')
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
  // Its index would bring every kind of object.
  alias: { '@kubernetes/client-node': '@kubernetes/client-node/dist/config.js' },
  plugins: [WITHOUT_UNUSED, LAZY_BUILTINS],
  logLevel: 'warning',
  absWorkingDir: ROOT
}

/** Where each program starts: output -> source. */
export const PROGRAMS = {
  webhook: { webhook: 'webhook/main.ts' },
  plugin: { 'kubectl-mirror': 'plugin/main.ts', 'kubectl_complete-mirror': 'plugin/complete-main.ts' }
} as const satisfies Record<string, Readonly<Record<string, string>>>

export type Program = keyof typeof PROGRAMS

/**
 * Split into chunks, in a folder of the program's name. A command of the plugin loads what it needs and no more, and `--help` next to
 * nothing; what issues certificates, nearly half of the webhook, is in memory only where it is needed.
 */
export const bundleOf = (program: Program) =>
  ({
    ...BUNDLE,
    entryPoints: { ...PROGRAMS[program] },
    outdir: 'dist',
    chunkNames: `${program}/[name]-[hash]`,
    splitting: true,
    write: false,
    metafile: true
  }) as const satisfies BuildOptions
