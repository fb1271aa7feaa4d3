// Writes refreshed tokens back into the kubeconfig file they came from, which stays its owner's. Knows no token.
import { readFile } from 'node:fs/promises'
import { UserError } from '../io/errors.ts'
import { replaceFile } from '../io/replace-file.ts'
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
    const { text, encode } = decodeText(await readFile(file))
    const changed = withTokens(text, name, tokens)
    if (changed !== text) await replaceFile(file, encode(changed))
  } catch (cause) {
    throw new UserError(`could not persist new tokens: ${describeFileError(cause, file)}`, { cause })
  }
}
