// Folders and files that appear in the cache whole or not at all; knows nothing of what they hold.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** The cached folder; `make` fills a fresh one, which is renamed when done: an interrupted make leaves no bad entry. */
export async function cached(cache: string, name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const entry = join(cache, name)
  if (existsSync(entry)) return entry
  return inScratch(cache, async (scratch) => {
    const folder = join(scratch, 'entry')
    await mkdir(folder)
    await make(folder)
    await rename(folder, entry)
    return entry
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

/** What a killed run left. Only for the owner of the cache's lock. */
export async function sweepScratch(cache: string): Promise<void> {
  await rm(scratchOf(cache), { recursive: true, force: true })
}

/** Files of the same kind whose contents are no longer asked for. */
export async function dropOthers(folder: string, kind: RegExp, keep: string): Promise<void> {
  const stale = (await readdir(folder)).filter((name) => kind.test(name) && name !== basename(keep))
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

function scratchOf(cache: string): string {
  return join(cache, 'scratch')
}
