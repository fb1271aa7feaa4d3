// Writes refreshed tokens back into the kubeconfig file they came from; everything else in it, comments too, stays.
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { isMap, isSeq, parseDocument } from 'yaml'

/** Where a user was read from. */
export interface UserOrigin {
  readonly file: string
  readonly name: string
}

export async function saveUserTokens(
  { file, name }: UserOrigin,
  tokens: Readonly<Record<string, string>>
): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'))
  const users = document.get('users')
  const index = isSeq(users) ? users.items.findIndex((item) => isMap(item) && item.get('name') === name) : -1
  if (index === -1) return
  for (const [key, value] of Object.entries(tokens)) {
    document.setIn(['users', index, 'user', 'auth-provider', 'config', key], value)
  }
  // Renamed into place: another kubectl never reads half a file.
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, document.toString({ lineWidth: 0 }), { mode: (await stat(file)).mode })
  await rename(temporary, file)
}
