// Writes refreshed tokens back into the kubeconfig file they came from; everything else in it, comments too, stays.
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'

/** Where a user was read from. */
export interface UserOrigin {
  readonly file: string
  readonly name: string
}

export async function saveUserTokens(
  { file, name }: UserOrigin,
  tokens: Readonly<Record<string, string>>
): Promise<void> {
  // A link stays one.
  const real = await realpath(file)
  const changed = withTokens(await readFile(real, 'utf8'), name, tokens)
  // Renamed into place: another kubectl never reads half a file.
  const temporary = `${real}.${process.pid}`
  try {
    await writeFile(temporary, changed, { mode: (await stat(real)).mode })
    await rename(temporary, real)
  } catch {
    // A file that is mounted by itself cannot be replaced, and its folder may be read-only.
    await rm(temporary, { force: true })
    await writeFile(real, changed)
  }
}

/** Tokens that are there are replaced where they stand, and no other character is touched. */
function withTokens(text: string, name: string, tokens: Readonly<Record<string, string>>): string {
  const document = parseDocument(text)
  const users = document.get('users')
  const index = isSeq(users) ? users.items.findIndex((item) => isMap(item) && item.get('name') === name) : -1
  if (index === -1) return text
  const path = ['users', index, 'user', 'auth-provider', 'config']
  const places = Object.entries(tokens).map(([key, token]) => {
    const node = document.getIn([...path, key], true)
    return { key, token, range: isScalar(node) ? node.range : undefined }
  })
  if (places.every(({ range }) => range)) {
    // From the last to the first, so that the ranges stay where they are.
    return places
      .toSorted((a, b) => b.range![0] - a.range![0])
      .reduce((all, { token, range }) => all.slice(0, range![0]) + token + all.slice(range![1]), text)
  }
  for (const { key, token } of places) document.setIn([...path, key], token)
  return document.toString({ lineWidth: 0 })
}
