// Writes a file whole or not at all: on a full disk, the one that was there stays. Knows no content.
import { chmod, chown, lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { Stats } from 'node:fs'

/** By renaming where that can be done. A link stays one. Throws Node's error of a file. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const real = await realpath(file).catch(() => file) // there is none yet
  const before = await stat(real).catch(() => undefined)
  // A pipe or a device, such as /dev/stdout, or a link whose target is yet to be made. With another name, the file would stay behind
  // with the old content.
  const there = before ?? (await lstat(real).catch(() => undefined))
  if (there && (!there.isFile() || there.nlink > 1)) return writeFile(real, content)
  const temporary = `${real}.${process.pid}`
  try {
    await writeFile(temporary, content, { mode: before ? 0o600 : 0o666, flag: 'wx' })
    if (before) await makeAlike(temporary, before)
    await rename(temporary, real)
  } catch (error) {
    // One that was there before us is not ours.
    if (codeOf(error) !== 'EEXIST') await rm(temporary, { force: true }).catch(() => undefined)
    if (isFull(error)) throw error
    // Nor can a file be replaced that is mounted by itself, is in a read-only folder, or is another's.
    await writeFile(real, content)
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error) ?? '')
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

async function makeAlike(file: string, { uid, gid, mode }: Stats): Promise<void> {
  const own = await stat(file)
  if (own.uid !== uid || own.gid !== gid) await chown(file, uid, gid)
  await chmod(file, mode)
}
