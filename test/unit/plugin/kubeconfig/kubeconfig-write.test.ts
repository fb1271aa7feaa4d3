// Refreshed tokens reach the file that is meant, and it stays its owner's.
import { chmod, chown, link, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { saveUserTokens } from '../../../../plugin/kubeconfig/kubeconfig-write.ts'

const TEXT = 'users: [{ name: me, user: { auth-provider: { config: { refresh-token: old } } } }]\n'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  file = join(folder, 'real')
  await writeFile(file, TEXT)
  onTestFinished(() => rm(folder, { recursive: true }))
})

const save = (name = file) => saveUserTokens({ file: name, name: 'me' }, { 'refresh-token': 'new' })

test('a link to a kubeconfig stays one, and no other file is left', async () => {
  const symbolic = join(folder, 'config')
  await symlink(file, symbolic)
  await save(symbolic)
  expect((await lstat(symbolic)).isSymbolicLink()).toBe(true)
  expect(await readFile(file, 'utf8')).toContain('refresh-token: new')
  expect((await readdir(folder)).toSorted()).toEqual(['config', 'real'])
})

test.for([0o600, 0o640, 0o666])('the mode stays %i', async (mode) => {
  await chmod(file, mode)
  const umask = process.umask(0o077)
  await save().finally(() => process.umask(umask))
  expect((await stat(file)).mode & 0o777).toBe(mode)
})

test.skipIf(process.getuid?.() !== 0)('what root refreshes stays its owner’s and its group’s', async () => {
  await chown(file, 4321, 1234)
  await save()
  expect(await stat(file)).toMatchObject({ uid: 4321, gid: 1234 })
  expect(await readFile(file, 'utf8')).toContain('refresh-token: new')
})

test('another name of the same file has the new tokens, too', async () => {
  await link(file, join(folder, 'other'))
  await save()
  expect(await readFile(join(folder, 'other'), 'utf8')).toContain('refresh-token: new')
})

test('UTF-16 stays UTF-16', async () => {
  await writeFile(file, `\uFEFF${TEXT}`, 'utf16le')
  await save()
  expect(await readFile(file, 'utf16le')).toBe(`\uFEFF${TEXT.replace('old', 'new')}`)
})

test('a file that is gone is an error that names it', async () => {
  await rm(file)
  await expect(save()).rejects.toThrow(/^could not persist new tokens: .*real: no such file or directory$/)
  await writeFile(file, TEXT)
})
