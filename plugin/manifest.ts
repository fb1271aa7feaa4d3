// YAML streams of manifests, edited in place: what is not edited stays as it was typed, comments and all. Pure.
import jsonPatch from 'fast-json-patch'
import { parseDocument, type Document, type YAMLSeq } from 'yaml'
import type { Edit } from '../mirror/edit.ts'
import { patchBetween } from '../mirror/patch.ts'
import { httpRules, type VirtualService } from '../mirror/virtual-service.ts'

/** One document of a stream: its text, and the VirtualServices in it (several in a List). */
export interface Manifest {
  /** As typed; begins with its `---` line, if it has one. */
  readonly text: string
  readonly virtualServices: readonly Located[]
  /** What is wrong with it as YAML, or as a manifest. */
  readonly errors: readonly string[]
}

interface Located {
  /** Where it is in the document: empty, or `items`, 3. */
  readonly path: readonly (string | number)[]
  readonly object: VirtualService
}

/** A line `---` begins a document wherever it stands: YAML allows it in no scalar. */
export function splitStream(stream: string): string[] {
  const chunks = stream.split(/^(?=---(?:\s|$))/m)
  return chunks.filter((chunk, index) => index === 0 || chunk !== '').filter((chunk) => chunk !== '')
}

export function readManifest(text: string): Manifest {
  const document = parse(text)
  if (document.errors.length > 0) {
    return { text, virtualServices: [], errors: document.errors.map(({ message }) => message.trim()) }
  }
  const value: unknown = document.toJS()
  const items = isObject(value) && Array.isArray(value.items) ? (value.items as unknown[]) : undefined
  const candidates: Located[] = items
    ? items.map((item, index) => ({ path: ['items', index], object: item as VirtualService }))
    : [{ path: [], object: value as VirtualService }]
  const virtualServices = candidates.filter(({ object }) => isVirtualService(object))
  return { text, virtualServices, errors: virtualServices.flatMap(({ object }) => unquoted(object)) }
}

/** What is in a document's text; null: nothing. */
export function valueOf(text: string): unknown {
  return parse(text).toJS()
}

/** As kubectl reads it: YAML 1.1, in which a time without quotes is nevertheless a string. */
function parse(text: string): Document.Parsed {
  return parseDocument(text, {
    version: '1.1',
    merge: true,
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp')
  })
}

/** `kubectl-mirror.dev/percent: 25` is a number, which the API server refuses in annotations. */
function unquoted({ metadata }: VirtualService): string[] {
  return Object.entries(metadata.annotations ?? {})
    .filter(([, value]) => typeof value !== 'string')
    .map(([key, value]) => `metadata.annotations["${key}"]: ${JSON.stringify(value)} is not a string; put it in quotes`)
}

/** The text with the edits of its VirtualServices; the very same text where they change nothing. */
export function editManifest({ text, virtualServices }: Manifest, edits: readonly Edit[]): string {
  const changes = virtualServices.flatMap((located, index) => {
    const { result } = edits[index]!
    return patchBetween(located.object, result).length > 0 ? [{ ...located, result }] : []
  })
  if (changes.length === 0) return text
  const document = parse(text)
  for (const { path, object, result } of changes) apply(document, path, object, result)
  return document.toString({
    directives: null,
    lineWidth: 0,
    // As the author has it: `{a: b}` without blanks inside, lists under their key's own column.
    flowCollectionPadding: !/[{[][^\s{}[\]]/.test(text),
    indentSeq: !/^( *)[^\s#-][^\n]*:\n\1- /m.test(text)
  })
}

function apply(document: Document, path: Located['path'], object: VirtualService, result: VirtualService): void {
  const rules = [...path, 'spec', 'http']
  const [before, after] = [httpRules(object), httpRules(result)]
  const operations = patchBetween(object, result)
  for (const operation of operations) {
    const target = [...path, ...jsonPatchPath(operation.path)]
    if (operation.op === 'remove') document.deleteIn(target)
    else if (operation.path !== '/spec/http' && 'value' in operation)
      document.setIn(target, document.createNode(operation.value))
  }
  if (before.length === after.length) return
  // Clones come and go, and the rules between them keep their nodes.
  const list = document.getIn(rules) as YAMLSeq
  const nodes = [...list.items]
  list.items = after.map((rule) => {
    const index = before.indexOf(rule)
    return index === -1 ? document.createNode(rule) : nodes[index]
  })
}

function jsonPatchPath(path: string): (string | number)[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => jsonPatch.unescapePathComponent(part))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

function isVirtualService(value: unknown): boolean {
  if (!isObject(value) || value.kind !== 'VirtualService' || !isObject(value.metadata)) return false
  return typeof value.apiVersion === 'string' && value.apiVersion.startsWith('networking.istio.io/')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
