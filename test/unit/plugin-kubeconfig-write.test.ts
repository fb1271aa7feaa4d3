// Refreshed tokens reach the file that is meant.
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { saveUserTokens } from '../../plugin/kubeconfig-write.ts'

test('a link to a kubeconfig stays one, and no other file is left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [file, link] = [join(folder, 'real'), join(folder, 'config')]
  await writeFile(file, 'users: [{ name: me, user: { auth-provider: { config: { refresh-token: old } } } }]\n')
  await symlink(file, link)
  await saveUserTokens({ file: link, name: 'me' }, { 'refresh-token': 'new' })
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
  expect(await readFile(file, 'utf8')).toContain('refresh-token: new')
  expect((await readdir(folder)).toSorted()).toEqual(['config', 'real'])
})
