// docs/dependencies.md: why each npm package is here, and what is bundled with it. A package without a reason does not compile.
import packageJson from '../package.json' with { type: 'json' }
import type { Program } from './bundle.ts'
import { shippedPackages } from './sbom.ts'

type Package = keyof (typeof packageJson)['devDependencies']

/** In the order of package.json. */
const REASONS: Readonly<Record<Package, string>> = {
  '@kubernetes/client-node':
    'reads the service account and its token in the pod, and refreshes it; nothing else of it is bundled',
  '@observablehq/plot': 'the plots of the HTML report',
  '@peculiar/x509': "issues the webhook's certificates: X.509 is no place for code of our own",
  '@types/autocannon': 'types',
  '@types/express': 'types',
  '@types/node': 'types',
  '@types/ws': 'types',
  anser: "colours of a terminal's transcript, for the pictures in the README",
  autocannon: 'HTTP load with exact percentiles, for the benchmarks',
  'axe-core': 'checks that the HTML report is accessible',
  commander: "the plugin's commands, flags and help",
  diff: 'differences of fields in the report',
  esbuild: 'bundles the programs',
  express: "the webhook's routes (decision 9): its `router`, the rest of it is not in the bundle",
  'fast-check': 'random input with a shrunk counterexample',
  'fast-json-patch': 'JSON Patch: computes what the webhook answers, and applies it again to verify it',
  fflate: 'zip archives for Windows, and reading those that tools come in',
  hono: "escaping HTML of the report; only its templates' part is bundled",
  htmlparser2: 'reads HTML and XML responses, to compare them by structure',
  'js-yaml': "kubeconfig files and `render`'s manifests: fast, and strict in what it refuses",
  'jsonpath-plus': 'filters of `-o jsonpath`',
  knip: 'finds dead code and unused packages',
  linkedom: 'the document that plots are drawn into, without a browser',
  node: 'the Node that everything here runs on, the same for all of us',
  oxfmt: 'format',
  oxlint: 'lint',
  'oxlint-tsgolint': 'lint with types: promises that nobody awaits',
  pino: "the webhook's log, as JSON",
  'playwright-core': 'opens the report in Chromium, and draws pictures',
  'prom-client': "the webhook's metrics",
  re2js: "Envoy's regular expressions (RE2), in linear time: JavaScript's own can hang on a tenant's",
  'reflect-metadata': '@peculiar/x509 asks for it',
  'simple-statistics': 'quantiles and distributions of `compare`',
  socks: 'SOCKS5 proxies of a kubeconfig',
  'string-width': 'how many columns a text takes, CJK and emoji included',
  typescript: 'types',
  vitest: 'runs the tests',
  'wrap-ansi': 'wraps text that has colours',
  ws: "WebSocket with the API server's TLS and proxy: Node's own takes neither",
  yaml: 'YAML with its comments, which an edit of a file keeps'
}

export async function dependenciesPage(): Promise<string> {
  const shipped = { webhook: await namesIn('webhook'), plugin: await namesIn('plugin') }
  const asked = Object.entries(REASONS)
  const ships = asked.filter(([name]) => placesOf(name, shipped) !== '')
  const tools = asked.filter(([name]) => placesOf(name, shipped) === '')
  return `# Dependencies

Written by \`npm run generate\` from \`scripts/dependencies-page.ts\` and from what the bundler puts into the programs. Versions are
pinned by \`package-lock.json\`; those of a release are in its SBOMs.

## What ships

${table('| package | in | why |', ships, (name) => ` ${placesOf(name, shipped)} |`)}

They bring others into the bundles. Into the webhook: ${others(shipped.webhook)}.

Into the plugin: ${others(shipped.plugin)}.

Besides, the image has its base, \`node:24-slim\` (Debian and Node): its digest is in the release's \`image.json\`, its packages are in
the image's own attestation. The archives have Node, from the npm packages of its platforms, at the version that
\`scripts/node-package.ts\` pins. Nothing of Go, pip or apt ships.

## What builds and tests

${table('| package | why |', tools, () => '')}

The sandbox's own programs, Go modules, pip and apt packages are in \`test/sandbox/versions.ts\`; actions of the workflows are pinned by
commit.
`
}

async function namesIn(program: Program): Promise<ReadonlySet<string>> {
  return new Set((await shippedPackages(program)).map(({ name }) => name))
}

function placesOf(name: string, shipped: Readonly<Record<Program, ReadonlySet<string>>>): string {
  return (['webhook', 'plugin'] as const).filter((program) => shipped[program].has(name)).join(', ')
}

function others(names: ReadonlySet<string>): string {
  return [...names].filter((name) => !(name in REASONS)).join(', ')
}

function table(head: string, rows: readonly [string, string][], middle: (name: string) => string): string {
  const line = head.replaceAll(/[^|]+/g, '---')
  return [head, line, ...rows.map(([name, reason]) => `| ${name} |${middle(name)} ${reason} |`)].join('\n')
}
