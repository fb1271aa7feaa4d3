// Folders that appear in the cache whole or not at all, made once however many runs want them; knows not what they hold.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { exclusively } from './lock.ts'
import { identify } from './processes.ts'
import type { Session } from './session.ts'

const RECENT = 60 * 60 * 1000

/** The cached folder; `make` fills a fresh one, which is renamed when done: an interrupted make leaves no bad entry. */
export async function cached(session: Session, name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const { place, progress, signal } = session
  const entry = join(place.cache, name)
  if (existsSync(entry)) {
    // When it was last asked for: see dropOthers. A cache that is not ours to write to will do too.
    await utimes(entry, new Date(), new Date()).catch(() => {})
    return entry
  }
  const say = (detail: string) => progress.note(`${name}: ${detail}`)
  return exclusively(entry, { say, signal }, async () => {
    if (existsSync(entry)) return entry // another run has made it meanwhile
    await sweep(place.cache)
    return inScratch(place.cache, async (scratch) => {
      const folder = join(scratch, 'entry')
      await mkdir(folder)
      await make(folder)
      await rename(folder, entry)
      return entry
    })
  })
}

/** A folder on the cache's own disk, so that its content can be renamed into the cache. */
export async function inScratch<T>(cache: string, work: (scratch: string) => Promise<T>): Promise<T> {
  await mkdir(scratchOf(cache), { recursive: true })
  const scratch = await mkdtemp(join(scratchOf(cache), `${process.pid}-`))
  try {
    return await work(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Entries of the same kind, but those of late: another checkout may be using its own. */
export async function dropOthers(cache: string, kind: string, keep: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(`${kind}-`) || name === keep) continue
    const { mtimeMs } = await stat(join(cache, name))
    if (Date.now() - mtimeMs > RECENT) await rm(join(cache, name), { recursive: true, force: true })
  }
}

/** What killed runs left: their folders carry their pids. */
async function sweep(cache: string): Promise<void> {
  if (!existsSync(scratchOf(cache))) return
  const names = await readdir(scratchOf(cache))
  const stale = names.filter((name) => identify(Number(name.split('-')[0])) === undefined)
  await Promise.all(stale.map((name) => rm(join(scratchOf(cache), name), { recursive: true, force: true })))
}

function scratchOf(cache: string): string {
  return join(cache, 'scratch')
}
