// `kubectl mirror render`: the webhook's edit offline, on manifests. All files are read before anything is printed.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { edit, type Edit } from '../mirror/edit.ts'
import { formatProblem } from '../mirror/problem.ts'
import type { VirtualService } from '../mirror/virtual-service.ts'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'
import { editManifest, readManifest, splitStream, valueOf, type Manifest } from './manifest.ts'
import { checkFormat, printValue } from './output.ts'

export interface RenderFlags {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly output?: string
}

export async function render(
  { filename = [], recursive = false, output = 'yaml' }: RenderFlags,
  io: Io
): Promise<number> {
  checkFormat(output, ['json', 'yaml'])
  if (filename.length === 0)
    throw new UserError('must specify --filename: a file, a directory, or - for standard input')
  const sources = (await Promise.all(filename.map((name) => readSources(name, recursive, io)))).flat()
  const rendered = sources.map(({ name, text }) => renderStream(name, text, io.now()))
  const problems = rendered.flatMap((one) => one.problems)
  if (problems.length > 0) throw new UserError(problems)
  for (const warning of rendered.flatMap((one) => one.warnings)) io.stderr.write(`Warning: ${warning}\n`)
  const texts = rendered.flatMap((one) => one.texts)
  if (output === 'json') await printValue(asList(texts), 'json', io.stdout)
  else io.stdout.write(joinStream(texts))
  return 0
}

export interface Rendered {
  readonly texts: readonly string[]
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  readonly edits: readonly Edit[]
}

/** `name` is where the text came from, for messages. */
export function renderStream(name: string, stream: string, now: Date): Rendered {
  const manifests = splitStream(stream).map(readManifest)
  const edited = manifests.map((manifest) => ({ manifest, edits: editAll(manifest, now) }))
  const findings = (kind: 'problems' | 'warnings') =>
    edited.flatMap(({ manifest, edits }) =>
      edits.flatMap((one, index) =>
        one[kind].map(
          (problem) => `${name}: ${nameOf(manifest.virtualServices[index]!.object)}: ${formatProblem(problem)}`
        )
      )
    )
  const malformed = manifests.flatMap(({ errors }) => errors.map((error) => `${name}: ${error}`))
  return {
    texts: edited.map(({ manifest, edits }) => (edits.length > 0 ? editManifest(manifest, edits) : manifest.text)),
    problems: [...malformed, ...findings('problems')],
    warnings: findings('warnings'),
    edits: edited.flatMap(({ edits }) => edits)
  }
}

function editAll({ virtualServices, errors }: Manifest, now: Date): Edit[] {
  return errors.length > 0 ? [] : virtualServices.map(({ object }) => edit(object, now))
}

function nameOf({ metadata: { namespace, name } }: VirtualService): string {
  return `VirtualService ${namespace === undefined ? '' : `${namespace}/`}${name ?? '(no name)'}`
}

/** Documents of several files need a line between them that the first of a file may lack. */
function joinStream(texts: readonly string[]): string {
  return texts
    .map((text) => (text.endsWith('\n') ? text : `${text}\n`))
    .map((text, index) => (index === 0 || text.startsWith('---') ? text : `---\n${text}`))
    .join('')
}

function asList(texts: readonly string[]): unknown {
  const items = texts.map(valueOf).filter((value) => value !== null)
  return items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', items }
}

interface Source {
  readonly name: string
  readonly text: string
}

async function readSources(path: string, recursive: boolean, io: Io): Promise<Source[]> {
  if (path === '-') return [{ name: 'STDIN', text: await readAll(io) }]
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new UserError(`the path ${JSON.stringify(path)} does not exist`, { cause })
  })
  if (!found.isDirectory()) return [{ name: path, text: await readFile(path, 'utf8') }]
  const entries = await readdir(path, { withFileTypes: true, recursive })
  const files = entries.filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
  return Promise.all(paths.map(async (name) => ({ name, text: await readFile(name, 'utf8') })))
}

async function readAll({ stdin }: Io): Promise<string> {
  stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of stdin as AsyncIterable<string>) text += chunk
  return text
}
