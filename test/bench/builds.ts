// What is built before anything is measured: our programs each time, the peers once, in the cache. Runs none of them.
import { createHash } from 'node:crypto'
import { access, cp, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { BUNDLE } from '../../scripts/bundle.ts'
import { cached } from '../sandbox/cache.ts'
import { run } from '../sandbox/command.ts'
import type { Session } from '../sandbox/session.ts'

export interface Peers {
  /** The folder of the built module and what it needs. */
  readonly pepr: string
  /** The path of the program. */
  readonly goWebhook: string
}

export async function buildPeers(session: Session): Promise<Peers> {
  const { progress } = session
  const pepr = await progress.step('Pepr', () => buildPepr(session))
  return { pepr, goWebhook: await progress.step('Go webhook', () => buildGoWebhook(session)) }
}

/** A copy of dist/, freshly built: another build meanwhile must not change what is measured. The webhook's name as in the image. */
export async function buildOurs({ progress, signal }: Session, folder: string): Promise<string> {
  const root = new URL('../..', import.meta.url).pathname
  const copy = join(folder, 'dist')
  await progress.step('our programs', async () => {
    await run(process.execPath, ['scripts/build.ts'], { cwd: root, signal })
    await cp(join(root, 'dist'), copy, { recursive: true })
    await rename(join(copy, 'webhook.js'), join(copy, 'webhook.mjs'))
    await cp(join(root, 'package.json'), join(folder, 'package.json'))
  })
  return copy
}

/** What is measured in TypeScript, as JavaScript: Node's own reading of types would be a third of its memory. */
export async function bundleMeasured(folder: string): Promise<void> {
  const file = (name: string): string => new URL(`${name}.ts`, import.meta.url).pathname
  const peers = { entryPoints: [file('peers/bare'), file('peers/compare')], outExtension: { '.js': '.cjs' } }
  await build({ ...peers, outdir: folder, bundle: true, platform: 'node' })
  await build({ ...BUNDLE, entryPoints: [file('compare-process')], outfile: join(folder, 'compare-process.mjs') })
}

async function buildPepr(session: Session): Promise<string> {
  const { signal } = session
  const source = new URL('pepr', import.meta.url).pathname
  return cached(session, `bench-pepr-1.1.4-${await digest(source)}`, async (folder) => {
    await cp(source, folder, { recursive: true })
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, signal })
    await run(join(folder, 'node_modules/.bin/pepr'), ['build'], { cwd: folder, signal })
    await access(join(folder, 'dist/pepr-bench.js')) // `pepr build` ends well whatever its compiler says
  })
}

async function buildGoWebhook(session: Session): Promise<string> {
  const { signal } = session
  const source = new URL('go-webhook', import.meta.url).pathname
  const entry = await cached(session, `bench-go-webhook-${await digest(source)}`, async (folder) => {
    const flags = ['-trimpath', '-ldflags', '-s -w']
    await run('go', ['build', ...flags, '-o', join(folder, 'webhook'), '.'], { cwd: source, signal })
  })
  return join(entry, 'webhook')
}

/** Names the cache's entry, so that a changed source is built anew. */
async function digest(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(folder)).toSorted()) hash.update(name).update(await readFile(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}
