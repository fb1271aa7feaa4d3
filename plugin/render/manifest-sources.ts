// Reads the manifests that `-f` names: files, folders and standard input, as kubectl does.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'

export interface Source {
  /** For messages. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** In all sources together: they are held in memory several times over. */
const MOST_MEBIBYTES = 16
const MOST_BYTES = MOST_MEBIBYTES * 1024 * 1024

export async function readSources(names: readonly string[], recursive: boolean, io: Io): Promise<Source[]> {
  const paths = (await Promise.all(names.map((name) => pathsOf(name, recursive)))).flat()
  const sources: Source[] = []
  let left = MOST_BYTES
  // In turn: each may use what the ones before it left of the limit.
  for (const path of paths) {
    const bytes = path === '-' ? await readInput(io, left) : await readPath(path, left)
    left -= bytes.length
    sources.push({ name: path === '-' ? 'STDIN' : path, bytes })
  }
  return sources
}

async function pathsOf(name: string, recursive: boolean): Promise<string[]> {
  if (name === '-') return [name]
  const found = await stat(name).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new UserError(`the path ${JSON.stringify(name)} does not exist`, { cause })
  })
  if (!found.isDirectory()) return [name]
  const entries = await readdir(name, { withFileTypes: true, recursive })
  // A mounted ConfigMap has links to files. Links to folders are not followed, like in filepath.Walk.
  const files = entries.filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/.test(entry.name))
  if (files.length === 0)
    throw new UserError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`)
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
}

async function readPath(path: string, left: number): Promise<Uint8Array> {
  const { size } = await stat(path)
  if (size > left) throw tooMuch(path)
  return readFile(path)
}

async function readInput({ stdin }: Io, left: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk)
    left -= bytes.length
    if (left < 0) throw tooMuch('STDIN')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function tooMuch(name: string): UserError {
  return new UserError(`${name}: the manifests exceed ${MOST_MEBIBYTES} MiB; render them in several runs`)
}
