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

test('what cannot be read is named', async () => {
  await mkdir(join(folder, 'a'))
  await symlink('a', join(folder, 'link.yaml'))
  await expect(run([folder])).rejects.toThrow(`read ${join(folder, 'link.yaml')}: is a directory`)
  await rm(join(folder, 'link.yaml'))
  await symlink('none', join(folder, 'link.yaml'))
  await expect(run([folder])).rejects.toThrow(`open ${join(folder, 'link.yaml')}: no such file or directory`)
  await writeFile(join(folder, 'file'), 'kind: A\n')
  await expect(run([join(folder, 'file/a.yaml')])).rejects.toThrow('file/a.yaml: not a directory')
  await expect(run(['https://example.com/a.yaml'])).rejects.toThrow('curl --fail https://example.com/a.yaml | kubectl')
})

test('several files in one flag are split at commas, as in kubectl', async () => {
  await writeFile(join(folder, 'a.yaml'), 'kind: A\n')
  await writeFile(join(folder, 'b.yaml'), 'kind: B\n')
  expect(await run([`${join(folder, 'a.yaml')},${join(folder, 'b.yaml')}`])).toBe('kind: A\n---\nkind: B\n')
})

test('a device without an end is refused at the limit', async () => {
  await expect(run(['/dev/zero'])).rejects.toThrow('/dev/zero: the manifests exceed 16 MiB')
})

test('a file without an end of line stays so, and one of nothing is nothing', async () => {
  await writeFile(join(folder, 'a.yaml'), 'kind: A')
  expect(await run([join(folder, 'a.yaml')])).toBe('kind: A')
  await writeFile(join(folder, 'a.yaml'), '')
  expect(await run([join(folder, 'a.yaml')])).toBe('')
})

test('what is no text is refused with its line', async () => {
  await writeFile(join(folder, 'a.yaml'), Buffer.concat([Buffer.from('kind: A\nb: '), Buffer.from([0xff, 0xfe, 0x80])]))
  await expect(run([folder])).rejects.toThrow('a.yaml:2: it is not text in UTF-8; save the file as UTF-8')
})

// kubectl: "control characters are not allowed", in YAML; "invalid character '\\x00'", in JSON.
test.for<[encoding: string, bytes: (text: string) => Buffer]>([
  ['UTF-16 without a byte order mark', (text) => Buffer.from(text, 'utf16le')],
  ['big-endian UTF-16 without a byte order mark', (text) => Buffer.from(text, 'utf16le').swap16()],
  ['UTF-32', (text) => utf32(`\uFEFF${text}`)],
  ['UTF-32 without a byte order mark', utf32],
  ['big-endian UTF-32', (text) => utf32(`\uFEFF${text}`).swap32()],
  ['a control character', (text) => Buffer.from(`# \u0007\n${text}`)],
  ['a NUL at the end', (text) => Buffer.from(`${text}\0`)]
])('%s is refused as by kubectl, not passed on without the mirror', async ([, bytes]) => {
  for (const typed of ['kind: A\n', '{"kind": "A"}\n']) {
    await writeFile(join(folder, 'a.yaml'), bytes(typed))
    await expect(run([folder])).rejects.toThrow(/a\.yaml:[12]: .*save the file as UTF-8/)
  }
})

function utf32(text: string): Buffer {
  const bytes = Buffer.alloc(text.length * 4)
  for (let index = 0; index < text.length; index++) bytes.writeUInt32LE(text.charCodeAt(index), index * 4)
  return bytes
}
