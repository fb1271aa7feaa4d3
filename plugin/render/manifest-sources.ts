// Reads the manifests that `-f` names: files, folders and standard input, as kubectl does.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { describeFileError } from '../io/system-errors.ts'

export interface Source {
  /** For messages. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** In all sources together: they are held in memory several times over. */
const MOST_MEBIBYTES = 16
const MOST_BYTES = MOST_MEBIBYTES * 1024 * 1024

export async function readSources(names: readonly string[], recursive: boolean, io: Io): Promise<Source[]> {
  const all = names.flatMap((name) => name.split(','))
  const paths = (await Promise.all(all.map((name) => pathsOf(name, recursive)))).flat()
  const sources: Source[] = []
  let left = MOST_BYTES
  // In turn: each may use what the ones before it left of the limit.
  for (const path of paths) {
    const name = path === '-' ? 'STDIN' : path
    const bytes = await readAll(path === '-' ? io.stdin : createReadStream(path), name, left)
    left -= bytes.length
    sources.push({ name, bytes })
  }
  return sources
}

async function pathsOf(name: string, recursive: boolean): Promise<string[]> {
  if (name === '-') return [name]
  if (/^https?:\/\//.test(name))
    throw new UserError(`render reads no URLs; use: curl --fail ${name} | kubectl mirror render -f -`)
  const found = await stat(name).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? `the path ${JSON.stringify(name)} does not exist` : undefined
    throw new UserError(why ?? describeFileError(cause, name), { cause })
  })
  if (!found.isDirectory()) return [name]
  const entries = await readdir(name, { withFileTypes: true, recursive }).catch((cause: unknown) => {
    throw new UserError(describeFileError(cause, name), { cause })
  })
  // A mounted ConfigMap has links to files. Links to folders are not followed, like in filepath.Walk.
  const files = entries.filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/.test(entry.name))
  if (files.length === 0)
    throw new UserError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`)
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
}

/** Bounded while it reads: a pipe or a device does not tell its size. */
async function readAll(stream: AsyncIterable<unknown>, name: string, left: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.from(chunk as Buffer)
      left -= bytes.length
      if (left < 0)
        throw new UserError(`${name}: the manifests exceed ${MOST_MEBIBYTES} MiB; render them in several runs`)
      chunks.push(bytes)
    }
  } catch (cause) {
    throw cause instanceof UserError ? cause : new UserError(describeFileError(cause, name), { cause })
  }
  return Buffer.concat(chunks)
}
