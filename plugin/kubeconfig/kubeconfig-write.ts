// Writes refreshed tokens back into the kubeconfig file they came from, which stays its owner's. Knows no token.
import { chmod, chown, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { UserError } from '../io/errors.ts'
import { describeFileError } from '../io/system-errors.ts'
import { decodeText } from '../io/text-encoding.ts'
import { withTokens } from './token-edit.ts'

/** Where a user was read from. */
export interface UserOrigin {
  readonly file: string
  readonly name: string
}

/** Throws where they cannot be written: an identity provider that rotates refresh tokens then takes the old one no more. */
export async function saveUserTokens(
  { file, name }: UserOrigin,
  tokens: Readonly<Record<string, string>>
): Promise<void> {
  try {
    // A link stays one.
    const real = await realpath(file)
    const { text, encode } = decodeText(await readFile(real))
    const changed = withTokens(text, name, tokens)
    if (changed !== text) await replaceContent(real, encode(changed))
  } catch (cause) {
    throw new UserError(`could not persist new tokens: ${describeFileError(cause, file)}`, { cause })
  }
}

/** By renaming where that can be done: another kubectl then never reads half a file. */
async function replaceContent(file: string, content: Uint8Array): Promise<void> {
  const before = await stat(file)
  const temporary = `${file}.${process.pid}`
  try {
    // With another name, the file would stay behind with the old tokens.
    if (before.nlink > 1) throw new Error('it has another name, too')
    await writeFile(temporary, content, { mode: 0o600, flag: 'wx' })
    await makeAlike(temporary, before)
    await rename(temporary, file)
  } catch {
    // Nor can a file be replaced that is mounted by itself, is in a read-only folder, or is another's.
    await rm(temporary, { force: true })
    await writeFile(file, content)
  }
}

async function makeAlike(file: string, { uid, gid, mode }: Stats): Promise<void> {
  const own = await stat(file)
  if (own.uid !== uid || own.gid !== gid) await chown(file, uid, gid)
  await chmod(file, mode)
}
