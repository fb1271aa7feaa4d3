// Applies the webhook's edit to streams of manifests. Documents that don't concern it are not parsed and stay byte for byte.
import { decodeText, EncodingError } from '../io/text-encoding.ts'
import { isFields, type Fields, type Value } from '../io/yaml-print.ts'
import { annotationPath, askedAnnotations, PREFIX } from '../../mirror/annotations.ts'
import { edit } from '../../mirror/edit.ts'
import { RenderedLimits } from './rendered-limits.ts'
import { GATEWAY_API, rulesOf } from '../../mirror/kind-of.ts'
import type { RawRule, RouteObject } from '../../mirror/route-kind.ts'
import type { Source } from './manifest-sources.ts'
import { editDocument, readDocument, type Document, type Located } from './manifest/document.ts'
import { offsetOf, stepsOf } from './manifest/place.ts'
import { lineCounter } from './manifest/splices.ts'
import { ManifestError, splitStream, type Chunk } from './manifest/stream.ts'
import { asStored } from './manifest/stored.ts'

export interface Rendered {
  readonly documents: readonly RenderedDocument[]
  /** `FILE:LINE: ...`. If there are any, nothing may be printed. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

export type RenderedDocument = Pick<Chunk, 'text' | 'isJson'>

/** Renders all streams, in order. For an `output` of `json` or `yaml`, also what is to be converted is read. */
export function renderStreams(sources: readonly Source[], now: Date, output?: string): Rendered {
  const rendering = new Rendering(now, output)
  for (const source of sources) rendering.stream(source)
  rendering.addLimits()
  return rendering
}

/** Characters of parsed documents in one run: it bounds how long a run takes. */
const MOST_CHARACTERS = 4_000_000

class Rendering implements Rendered {
  documents: RenderedDocument[] = []
  readonly problems: string[] = []
  readonly warnings: string[] = []
  readonly #now: Date
  readonly #output: string | undefined
  #left = MOST_CHARACTERS
  #name = ''
  #lineOf: (offset: number) => number = () => 1

  readonly #limits = new RenderedLimits()

  constructor(now: Date, output: string | undefined) {
    this.#now = now
    this.#output = output
  }

  stream({ name, bytes }: Source): void {
    this.#name = name
    this.#lineOf = () => 1
    try {
      const { text } = decodeText(bytes)
      this.#lineOf = lineCounter(text)
      for (const chunk of splitStream(text)) this.#chunk(chunk)
    } catch (error) {
      if (!(error instanceof EncodingError)) return this.#malformed(error, { text: '', offset: 0 })
      this.#lineOf = lineCounter(error.text)
      this.#say('problems', error.offset, '', error.message)
    }
  }

  #chunk(chunk: Chunk): void {
    const { text, isJson, offset } = chunk
    const isConverted = this.#output === 'json' || (this.#output === 'yaml' && isJson)
    const isRead = isConverted || mayConcern(text)
    const [name, lineOf] = [this.#name, this.#lineOf]
    this.#limits.read(chunk, this.documents.length, isRead ? undefined : () => placeOf(name, lineOf(offset)))
    if (!isRead) {
      this.documents.push(chunk)
      return
    }
    if (!this.#mayRead(text, () => this.#place(offset, ''))) return
    try {
      const document = readDocument(text, isJson)
      const results = document.objects.map((located) => this.#plan(document, located, offset))
      this.documents.push({ text: this.problems.length > 0 ? text : this.#edit(document, results, offset), isJson })
    } catch (error) {
      this.#malformed(error, chunk)
    }
  }

  /** The object's new value; undefined if it is no route. */
  #plan(document: Document, { path, object }: Located, offset: number): Fields | undefined {
    const at = (field: string) => offset + offsetOf(document.tree.root, [...path, ...stepsOf(field)])
    if (!isRoute(object)) {
      const [ours] = oursOf(object)
      const sentence = `${ours} has no effect on this kind; only Istio VirtualServices and HTTPRoutes are mirrored`
      if (ours !== undefined) this.#say('warnings', at(`metadata.annotations["${ours}"]`), nameOf(object), sentence)
      return undefined
    }
    const stored = { metadata: {}, ...asStored(object) }
    if (isTemplate(stored)) throw new ManifestError(at('') - offset, 'a template')
    // There is no policy here, so a limit is what the annotations ask for.
    const edited = edit(stored, this.#now, undefined, { defaultLimit: 0 })
    for (const kind of ['problems', 'warnings'] as const) {
      for (const { path: field, message } of edited[kind])
        this.#say(kind, at(field), nameOf(object), `${field}: ${message}`)
    }
    const field = annotationPath('limit')
    this.#limits.plan(edited, this.documents.length, () => `${this.#place(at(field), nameOf(object))}${field}: `)
    return edited.result
  }

  /** Counts it. Says once that it is too much. */
  #mayRead(text: string, place: () => string): boolean {
    const isFirstTooMuch = this.#left >= 0
    this.#left -= text.length
    if (this.#left >= 0) return true
    const sentence = `the manifests to read have more than ${MOST_CHARACTERS} characters; render them in several runs`
    if (isFirstTooMuch) this.problems.push(`${place()}${sentence}`)
    return false
  }

  /** After all streams: the DestinationRule of a VirtualService may stand behind it. */
  addLimits(): void {
    const { documents, problems } = this.#limits.addTo(this.documents, (text, place) => this.#mayRead(text, place))
    this.documents = documents
    for (const problem of problems) this.problems.push(problem)
  }

  #edit(document: Document, results: readonly (Fields | undefined)[], offset: number): string {
    try {
      return editDocument(document, results)
    } catch (error) {
      const index = results.findIndex((result) => result !== undefined)
      const { object, path } = document.objects[index]!
      const why = error instanceof Error ? error.message : String(error)
      const at = error instanceof ManifestError ? error.offset : offsetOf(document.tree.root, path)
      this.#say('problems', offset + at, nameOf(object), `cannot edit it in place: ${why}`)
      return document.text
    }
  }

  /** One sentence for all: most documents of a chart have templates. */
  #malformed(error: unknown, { text, offset }: Pick<Chunk, 'text' | 'offset'>): void {
    if (!(error instanceof ManifestError)) throw error
    const braces = text.indexOf('{{')
    if (braces === -1) this.#say('problems', offset + error.offset, '', error.message)
    else if (!this.problems.some((problem) => problem.endsWith(TEMPLATE)))
      this.#say('problems', offset + braces, '', TEMPLATE)
  }

  #say(kind: 'problems' | 'warnings', at: number, name: string, sentence: string): void {
    this[kind].push(`${this.#place(at, name)}${sentence}`)
  }

  #place(at: number, name: string): string {
    return `${placeOf(this.#name, this.#lineOf(at))}${name === '' ? '' : `${name}: `}`
  }
}

function placeOf(file: string, line: number): string {
  return `${file}:${line}: `
}

const TEMPLATE = '"{{" is part of a template; render the chart first: helm template CHART | kubectl mirror render -f -'

/** Whether it may contain an annotation or a clone of ours, perhaps escaped. */
function mayConcern(text: string): boolean {
  return text.includes(PREFIX) || /\\[xuU/\r\n]|binary/.test(text)
}

const ROUTES: Readonly<Record<string, string>> = {
  VirtualService: 'networking.istio.io',
  HTTPRoute: GATEWAY_API,
  GRPCRoute: GATEWAY_API
}

/** Of a GRPCRoute, the edit says why it is not mirrored. */
function isRoute({ apiVersion, kind }: Fields): boolean {
  const group = typeof kind === 'string' && Object.hasOwn(ROUTES, kind) ? ROUTES[kind] : undefined
  return group !== undefined && typeof apiVersion === 'string' && apiVersion.startsWith(`${group}/`)
}

/** Whether a field that names something has a template in it. */
function isTemplate(object: RouteObject): boolean {
  const { metadata, spec } = object
  const asked = askedAnnotations(metadata.annotations ?? {})
  const rules: unknown = rulesOf(object) // of any type: they are not checked yet
  const destinations = Array.isArray(rules) ? rules.map((rule: RawRule | null) => [rule?.route, rule?.backendRefs]) : []
  return JSON.stringify([metadata.name, metadata.namespace, asked, spec?.hosts, destinations]).includes('{{')
}

function oursOf({ metadata }: Fields): string[] {
  const annotations = isFields(metadata) && isFields(metadata.annotations) ? metadata.annotations : {}
  return Object.keys(annotations).filter((key) => key.startsWith(PREFIX))
}

function nameOf({ kind, metadata }: Fields): string {
  const { namespace, name } = isFields(metadata) ? metadata : {}
  const text = (value: Value) => (typeof value === 'string' ? value : JSON.stringify(value))
  return `${text(kind)} ${namespace ? `${text(namespace)}/` : ''}${name ? text(name) : '(no name)'}`
}
