// A file that is written whole or not at all.
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaceFile } from '../../../../plugin/io/replace-file.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'replace-file-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('replaces what is there, with its mode, and leaves nothing beside it', async () => {
  const file = join(folder, 'report.html')
  writeFileSync(file, 'old')
  chmodSync(file, 0o640)
  await replaceFile(file, 'new')
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).mode & 0o777).toBe(0o640)
  expect(readdirSync(folder)).toEqual(['report.html'])
})

test('a new file is as the umask has it', async () => {
  await replaceFile(join(folder, 'report.html'), 'new')
  expect(statSync(join(folder, 'report.html')).mode & 0o777).toBe(0o666 & ~process.umask())
})

test('a link stays one', async () => {
  writeFileSync(join(folder, 'real'), 'old')
  symlinkSync('real', join(folder, 'link'))
  await replaceFile(join(folder, 'link'), 'new')
  expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new')
  expect(readdirSync(folder)).toEqual(['link', 'real'])
})

test('a link to what is not there yet stays one, and the file is made where it points', async () => {
  symlinkSync('real', join(folder, 'link'))
  await replaceFile(join(folder, 'link'), 'new')
  expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new')
  expect(readdirSync(folder)).toEqual(['link', 'real'])
})

test.runIf(process.platform === 'linux')('a full device is an error, and is not replaced', async () => {
  await expect(replaceFile('/dev/full', 'new')).rejects.toThrow('ENOSPC')
  expect(statSync('/dev/full').isCharacterDevice()).toBe(true)
})

test('a file of another that has the temporary name stays', async () => {
  const file = join(folder, 'report.html')
  const other = `${file}.${process.pid}`
  writeFileSync(other, 'not ours')
  await replaceFile(file, 'new')
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readFileSync(other, 'utf8')).toBe('not ours')
})
