// The software bill of materials: every package of which code is in the bundles, as CycloneDX. From esbuild's own account of
// what it put there, since in package.json every package is a devDependency (decision 3).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import packageJson from '../package.json' with { type: 'json' }
import { BUNDLE } from './bundle.ts'

const ROOT = join(import.meta.dirname, '..')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** CycloneDX 1.6, in a stable order and without a time: the same commit gives the same bytes. */
export async function billOfMaterials(): Promise<string> {
  const entryPoints = ['webhook/main.ts', 'plugin/main.ts', 'plugin/complete-main.ts']
  const options = { ...BUNDLE, entryPoints, outdir: 'dist', splitting: true, write: false, metafile: true } as const
  const { metafile } = await build(options)
  // Only inputs that left bytes in an output: what tree shaking drops does not ship.
  const shipped = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => bytesOf(inputs)))
  const folders = new Set([...shipped].flatMap((file) => packageFolder(file) ?? []))
  // One version in two folders is one component.
  const components = new Map([...folders].map((folder) => component(manifestIn(folder))).map((one) => [one.purl, one]))
  return `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: { component: { ...component(packageJson), type: 'application' } },
      components: [...components.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1))
    },
    undefined,
    2
  )}\n`
}

function bytesOf(inputs: Readonly<Record<string, { bytesInOutput: number }>>): string[] {
  return Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
}

/** `node_modules/@scope/name`, also of a nested one; undefined for our own files and what the bundler made up. */
function packageFolder(file: string): string | undefined {
  return /^(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest // npm's own fields
}

function component({ name, version, license }: Manifest) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    type: 'library',
    name,
    version,
    purl,
    'bom-ref': purl,
    ...(license !== undefined && { licenses: [{ expression: license }] })
  }
}
