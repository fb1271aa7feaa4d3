// Where render finds manifests, and how it puts those of several files together.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { render } from '../../../../plugin/render/render.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-render-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function run(filename: readonly string[], recursive = false): Promise<string> {
  const [stdout, signal] = [new PassThrough(), new AbortController().signal]
  const io = {
    stdin: new PassThrough().end(),
    stdout,
    stderr: new PassThrough(),
    env: {},
    now: () => new Date(),
    signal
  }
  await render({ filename, recursive }, io)
  return String(stdout.read() ?? '')
}

test('a mounted ConfigMap has its files as links, in a folder that is one, too', async () => {
  await mkdir(join(folder, '..2026_11_28'))
  await writeFile(join(folder, '..2026_11_28/a.yaml'), 'kind: A\n')
  await symlink('..2026_11_28', join(folder, '..data'))
  await symlink('..data/a.yaml', join(folder, 'a.yaml'))
  expect(await run([folder])).toBe('kind: A\n')
})

test('an empty folder is an error, as kubectl words it', async () => {
  await mkdir(join(folder, 'charts'))
  await writeFile(join(folder, 'notes.txt'), 'kind: A\n')
  await expect(run([folder])).rejects.toThrow(
    `error reading [${folder}]: recognized file extensions are [.json .yaml .yml]`
  )
  await expect(run([join(folder, 'none')])).rejects.toThrow(/the path ".*none" does not exist/)
})

test('files are put together so that kubectl reads each document of them', async () => {
  const files = {
    'a.yaml': 'kind: A',
    'b.yml': '# head\n---\nkind: B\n',
    'c.json': '{"kind": "C"}',
    'sub/d.yaml': 'kind: D\r\n'
  }
  await mkdir(join(folder, 'sub'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  expect(await run([folder])).toBe('kind: A\n---\n# head\n---\nkind: B\n---\n{"kind": "C"}')
  expect(await run([folder], true)).toContain('{"kind": "C"}\n---\nkind: D\r\n')
  expect(await run([join(folder, 'c.json'), join(folder, 'c.json')])).toBe('{"kind": "C"}\n{"kind": "C"}')
})

test('a file without an end of line stays so, and one of nothing is nothing', async () => {
  await writeFile(join(folder, 'a.yaml'), 'kind: A')
  expect(await run([join(folder, 'a.yaml')])).toBe('kind: A')
  await writeFile(join(folder, 'a.yaml'), '')
  expect(await run([join(folder, 'a.yaml')])).toBe('')
})

test('what is no text is refused with its line', async () => {
  await writeFile(join(folder, 'a.yaml'), Buffer.concat([Buffer.from('kind: A\nb: '), Buffer.from([0xff, 0xfe, 0x80])]))
  await expect(run([folder])).rejects.toThrow('a.yaml:2: this is not UTF-8')
})
