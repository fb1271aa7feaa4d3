// `kubectl mirror render`: applies the webhook's edit offline, to manifests. Reads all files before it prints anything.
import { UserError } from '../io/errors.ts'
import { FORMATS, type RenderFlags } from './flags.ts'
import type { Io } from '../io/io.ts'
import { readSources } from './manifest-sources.ts'
import { readDocument } from './manifest/document.ts'
import { checkFormat, printValue, yamlOf } from '../io/output.ts'
import { renderStreams, type RenderedDocument } from './render-stream.ts'

export async function render({ filename = [], recursive = false, output }: RenderFlags, io: Io): Promise<number> {
  checkFormat(output, FORMATS)
  if (filename.length === 0)
    throw new UserError('must specify --filename: a file, a directory, or - for standard input')
  const sources = await readSources(filename, recursive, io)
  const { documents, problems, warnings } = renderStreams(sources, io.now(), output)
  if (problems.length > 0) throw new UserError(shortened(problems))
  for (const warning of shortened(warnings)) io.stderr.write(`Warning: ${warning}\n`)
  if (output === 'json') await printValue(asList(documents), 'json', io.stdout)
  else io.stdout.write(joinStream(output === 'yaml' ? documents.map(asYaml) : documents))
  return 0
}

/** The first lines often explain the others. */
function shortened(findings: readonly string[]): readonly string[] {
  const rest = findings.length - MOST_FINDINGS
  return rest <= 0 ? findings : [...findings.slice(0, MOST_FINDINGS), `and ${rest} more of this kind`]
}

const MOST_FINDINGS = 100

/** Adds `---` between documents of several files where it is missing; JSON needs none. */
function joinStream(documents: readonly RenderedDocument[]): string {
  const isJson = documents.every((document) => document.isJson)
  return documents
    .map(({ text }, index) => {
      const separator = isJson || index === 0 || text.startsWith('---') ? '' : '---\n'
      const isLast = index === documents.length - 1
      return `${separator}${text}${isLast || text.endsWith('\n') ? '' : '\n'}`
    })
    .join('')
}

/** Throws a UserError for what only JSON can express to kubectl, such as a very long name. */
function asYaml({ text, isJson }: RenderedDocument): RenderedDocument {
  if (!isJson) return { text, isJson }
  const { value } = readDocument(text, isJson)
  const yaml = yamlOf(value)
  try {
    readDocument(yaml, false)
  } catch (cause) {
    throw new UserError(`-o yaml: ${(cause as Error).message}; use -o json`, { cause })
  }
  return { text: yaml, isJson: false }
}

/** Parses every document, also those without mirrors. */
function asList(documents: readonly RenderedDocument[]): unknown {
  const found = documents.flatMap(({ text, isJson }) => readDocument(text, isJson).objects)
  const items = found.map(({ object }) => object)
  // Within a List kubectl accepts annotations that are not strings.
  return items.length === 1 && found[0]!.path.length === 0 ? items[0] : { apiVersion: 'v1', kind: 'List', items }
}
