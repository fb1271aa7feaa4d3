// Software bills of materials, as CycloneDX: every package of which code is in a program's bundle. From esbuild's own account of
// what it put there, since in package.json every package is a devDependency (decision 3).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import packageJson from '../package.json' with { type: 'json' }
import { bundleOf, type Program } from './bundle.ts'
import { ARCHIVE_NODE } from './node-package.ts'

const ROOT = join(import.meta.dirname, '..')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

const NODE = {
  type: 'platform',
  name: 'node',
  version: ARCHIVE_NODE,
  description: "In the archives; npm's package runs on the Node that is there.",
  scope: 'optional',
  purl: `pkg:generic/node@${ARCHIVE_NODE}`,
  'bom-ref': `pkg:generic/node@${ARCHIVE_NODE}`
}

/** CycloneDX 1.6, in a stable order and without a time: the same commit gives the same bytes. */
export async function billOfMaterials(program: Program): Promise<string> {
  const components = (await shippedPackages(program)).map(component)
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...component(packageJson), type: 'application' } },
    // The base image's packages are in the attestation that buildx makes of the image.
    components: program === 'plugin' ? [...components, NODE] : components
  }
  return `${JSON.stringify(bill, undefined, 2)}\n`
}

/** In order of name and version; one version in two folders is one package. */
export async function shippedPackages(program: Program): Promise<Manifest[]> {
  const { metafile } = await build(bundleOf(program))
  // Only inputs that left bytes in an output: what tree shaking drops does not ship.
  const shipped = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => bytesOf(inputs)))
  const manifests = new Set([...shipped].flatMap((file) => packageFolder(file) ?? [])).values().map(manifestIn)
  const packages = new Map(manifests.map((one) => [`${one.name}@${one.version}`, one]))
  return [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
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
