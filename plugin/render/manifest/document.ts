// One document of a stream: its objects, and its text after an edit, verified by reading it back.
import { isDeepStrictEqual } from 'node:util'
import { changeTree } from './change.ts'
import { expansions } from './expand.ts'
import { checkCharacters, checkTree } from './kubectl-rules.ts'
import { offsetOf } from './place.ts'
import { ManifestError } from './stream.ts'
import { type Fields, isFields, type Style, type Value } from '../../io/yaml-print.ts'
import { applySplices, type Splice } from './splices.ts'
import { describe } from '../../../mirror/shape.ts'
import { asStored } from './stored.ts'
import { parseTree, type Tree } from './tree.ts'
import { valueOf } from './value.ts'

export interface Document {
  readonly text: string
  readonly isJson: boolean
  readonly tree: Tree
  readonly value: Value
  /** The one object, or those of a List in order. */
  readonly objects: readonly Located[]
}

export interface Located {
  /** Its place in the document: empty, or `items`, 3. */
  readonly path: readonly (string | number)[]
  readonly object: Fields
}

/** Throws a ManifestError for what kubectl rejects or may read differently. */
export function readDocument(text: string, isJson: boolean): Document {
  checkSize(text)
  const tree = isJson ? parseJson(text) : parseYaml(text)
  const value = valueOf(tree)
  return { text, isJson, tree, value, objects: locate(tree, value) }
}

/**
 * The text with new values for its objects; the same text if nothing changes. `results`: for each object its new value as
 * stored (see stored.ts), or undefined to leave it.
 */
export function editDocument(document: Document, results: readonly (Fields | undefined)[]): string {
  const { text, isJson, value, objects } = document
  const compared = (all: readonly Located[]) =>
    all.map(({ object }, index) => (results[index] ? asStored(object) : object))
  const before = withObjects(value, compared(objects))
  const after = withObjects(
    value,
    objects.map(({ object }, index) => results[index] ?? object)
  )
  if (isDeepStrictEqual(before, after)) return text
  const edited = editTree(document, before, after)
  // Verify that kubectl would read exactly the plan.
  const read = readDocument(edited, isJson)
  if (!isDeepStrictEqual(withObjects(read.value, compared(read.objects)), after))
    throw new Error('the edited text would not be read as planned')
  return edited
}

function editTree(document: Document, before: Value, after: Value): string {
  const style = styleOf(document)
  let { tree } = document
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const change = changeTree(tree, before, after, style)
    const expanded = expansions(tree, change, style)
    if (expanded.length === 0 && change.crossed.size === 0) return spliced(tree.text, change.splices)
    tree = parseYaml(spliced(tree.text, expanded))
  }
  throw new Error('its aliases and merge keys are nested too deeply')
}

function spliced(text: string, splices: readonly Splice[]): string {
  const added = splices.reduce((sum, one) => sum + one.text.length, 0)
  if (added > MOST_ADDED)
    throw new Error(`it would grow by ${added} characters, more than ${MOST_ADDED}; use fewer aliases`)
  return applySplices(text, splices)
}

/** Characters. etcd stores no larger object. */
const MOST_ADDED = 1_000_000

/** Each round expands one level of aliases. */
const MOST_ROUNDS = 5

function parseYaml(text: string): Tree {
  checkCharacters(text)
  const read = text.slice(0, endOfFirst(text))
  // kubectl terminates the last line, too.
  const tree = { ...parseTree(read.endsWith('\n') ? read : `${read}\n`), text }
  checkTree({ ...tree, text: read })
  return tree
}

/** Where the document ends for kubectl: at "...". */
function endOfFirst(text: string): number {
  const end = /^\.\.\.(?=\s|$)/m.exec(text)?.index
  if (end === undefined) return text.length
  const ignored = /^[^\S\n]*([^\s#%])/m.exec(text.slice(end + 3))
  if (ignored)
    throw new ManifestError(end + 3 + ignored.index, 'kubectl ignores what follows "..."; begin it with "---"')
  return end
}

/** Parsed, a document takes a hundred times its size in memory, mostly for its structures. */
const MOST_CHARACTERS = 2_000_000
const MOST_STRUCTURES = 100_000

function checkSize(text: string): void {
  let structures = 0
  for (let index = 0; index < text.length; index++) if (STRUCTURES.has(text.charCodeAt(index))) structures++
  if (text.length <= MOST_CHARACTERS && structures <= MOST_STRUCTURES) return
  const found = `${text.length} characters and up to ${structures} fields and items`
  const allowed = `at most ${MOST_CHARACTERS} and ${MOST_STRUCTURES}`
  throw new ManifestError(0, `this document has ${found}; ${allowed} are allowed: split it, a List into its items`)
}

/** Each field and each item has one of these characters. */
const STRUCTURES = new Set(Array.from('-:,[{', (character) => character.charCodeAt(0)))

/** JSON allows tabs between values; YAML allows none as indentation. */
function parseJson(text: string): Tree {
  return { ...parseTree(text.replaceAll('\t', ' ')), text }
}

function styleOf({ text, isJson }: Document): Style {
  const unit =
    /^([ ]*)(?:metadata|"metadata"):[^\S\n]*[{]?\r?\n\1([ ]+|\t)[^\s#-]/m.exec(text)?.[2] ?? (isJson ? '    ' : '  ')
  return { isJson, unit, indentsLists: !/^( *)[^\s#-][^\n]*:\r?\n\1- /m.test(text) }
}

/** What has `items` is a List. An item without a kind has the List's: `kind: ServiceList`. */
function locate({ root }: Tree, value: Value): Located[] {
  if (value === null) return []
  const refuse = (path: Located['path'], why: string): never => {
    throw new ManifestError(offsetOf(root, path), why)
  }
  const object = (found: Value, path: Located['path'], defaults: Fields = {}): Located => {
    if (!isFields(found)) return refuse(path, `${describe(found)} is not an object, and kubectl reads only objects`)
    const isKindless = (found.kind ?? '') === ''
    const { kind } = isKindless ? defaults : found
    if (typeof kind !== 'string') return refuse(path, 'this object has no kind, and kubectl refuses it')
    return { path, object: isKindless ? { ...found, ...defaults } : found }
  }
  const outer = object(value, [])
  const { apiVersion, kind, items } = outer.object
  if (items === undefined) return [outer]
  if (items !== null && !Array.isArray(items)) return refuse(['items'], `items: ${describe(items)} is not a list`)
  const kindOfItems = String(kind).replace(/List$/, '')
  const defaults = kindOfItems === '' ? {} : { apiVersion, kind: kindOfItems }
  return (items ?? []).map((item: Value, index: number) => {
    const inner = object(item, ['items', index], defaults)
    if (inner.object.items === undefined) return inner
    return refuse(inner.path, 'kubectl refuses a List in a List; put its items into the outer one')
  })
}

/** Replaces the value's objects, in order. */
function withObjects(value: Value, objects: readonly Fields[]): Value {
  if (!isFields(value)) return value
  if (value.items === undefined) return objects[0]
  return Array.isArray(value.items) ? { ...value, items: objects } : value
}
