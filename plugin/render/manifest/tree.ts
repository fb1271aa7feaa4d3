// A YAML document as a tree of nodes with their places in the text. Resolves no values: see value.ts.
import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  getScalarValue,
  SCALAR_STYLE,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent
} from 'js-yaml'
import { ManifestError } from './stream.ts'
import { PADDING, parsePadded } from './padding.ts'

/** Offsets into the text; `end` is exclusive. An empty value's place is where it would begin. */
interface Place {
  readonly start: number
  readonly end: number
  /** The start of its anchor or tag, or else of the node. */
  readonly outer: number
  readonly anchor?: string
  /** As in the text: `!!str`, `!`, `!<...>`. */
  readonly tag?: string
}

export interface ScalarNode extends Place {
  readonly kind: 'scalar'
  /** Without quotes, escapes and folds. */
  readonly text: string
  readonly isPlain: boolean
  /** `|` or `>`. */
  readonly isBlock: boolean
  /** `|+`: the empty lines behind it belong to it. */
  readonly keepsBreaks: boolean
}

export interface MapNode extends Place {
  readonly kind: 'map'
  readonly isFlow: boolean
  readonly pairs: readonly Pair[]
}

export interface Pair {
  readonly key: Node
  readonly value: Node
  /** Right behind the colon. */
  readonly afterColon: number
}

export interface ListNode extends Place {
  readonly kind: 'list'
  readonly isFlow: boolean
  readonly items: readonly Node[]
  /** The dash of each item in a block list. */
  readonly dashes: readonly number[]
}

export interface AliasNode extends Place {
  readonly kind: 'alias'
  readonly name: string
  /** Undefined within its own anchor. */
  readonly target: Node | undefined
}

export type Node = ScalarNode | MapNode | ListNode | AliasNode

export interface Tree {
  readonly text: string
  /** Undefined: only comments. */
  readonly root: Node | undefined
  readonly aliases: readonly AliasNode[]
}

/** Throws a ManifestError for invalid YAML and for too deep nesting. */
export function parseTree(text: string): Tree {
  const { padded, paddings, events } = parsePadded(text)
  return new TreeBuilder(text, padded, paddings).build(events)
}

type Properties = Pick<Place, 'anchor' | 'tag' | 'outer'>

class TreeBuilder {
  readonly #original: string
  /** With paddings: the events refer to it. */
  readonly #text: string
  readonly #paddings: readonly number[]
  readonly #aliases: AliasNode[] = []
  readonly #anchors = new Map<string, Node | undefined>()
  #events: readonly Event[] = []
  #next = 0
  /** The offset behind the last token. */
  #cursor = 0
  /** Depth of flow collections. */
  #brackets = 0

  constructor(original: string, padded: string, paddings: readonly number[]) {
    this.#original = original
    this.#text = padded
    this.#paddings = paddings
  }

  build(events: readonly Event[]): Tree {
    this.#events = events
    // The first event begins the document.
    this.#next = 1
    const root = events.length === 0 || this.#isPop() ? undefined : this.#node()
    return { text: this.#original, root, aliases: this.#aliases }
  }

  #node(): Node {
    const event = this.#events[this.#next++]!
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event.anchorStart, event.anchorEnd)
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) throw new Error('an event without a node')
    const anchor = event.anchorStart === -1 ? undefined : this.#text.slice(event.anchorStart, event.anchorEnd)
    const tag = event.tagStart === -1 ? undefined : this.#text.slice(event.tagStart, event.tagEnd)
    const outer = this.#at(Math.min(...[event.anchorStart - 1, event.tagStart].filter((at) => at >= 0)))
    const properties = { outer, ...(anchor !== undefined && { anchor }), ...(tag !== undefined && { tag }) }
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    this.#cursor = Math.max(this.#cursor, event.anchorEnd, event.tagEnd)
    if (this.#brackets > 0 && tag !== undefined && /[,[\]{}]/.test(this.#text[event.tagEnd] ?? ''))
      throw new ManifestError(this.#at(event.tagEnd), 'kubectl reads this as part of the tag; put a space before it')
    const node = event.type === EVENT_ID.SCALAR ? this.#scalar(event, properties) : this.#collection(event, properties)
    if (anchor !== undefined) this.#anchors.set(anchor, node)
    return node
  }

  #scalar(event: ScalarEvent, properties: Properties): ScalarNode {
    const isEmpty = event.valueStart === -1
    const quote = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0
    const start = this.#at(isEmpty ? this.#cursor : event.valueStart - quote)
    this.#cursor = isEmpty ? this.#cursor : event.valueEnd + quote
    const end = this.#at(this.#cursor)
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK
    const isPlain = event.style === SCALAR_STYLE.PLAIN
    // JSON may have half a surrogate pair, for which kubectl reads U+FFFD.
    const text = getScalarValue(this.#text, event).toWellFormed()
    if (this.#brackets > 0 && isPlain && text.includes('?'))
      throw new ManifestError(start, 'kubectl reads the "?" as the mark of a key; put the value in quotes')
    const keepsBreaks = isBlock && event.chomping === CHOMPING_MODE.KEEP
    const outer = Math.min(start, properties.outer)
    return { kind: 'scalar', start, end, text, isPlain, isBlock, keepsBreaks, ...properties, outer }
  }

  #collection(event: MappingEvent | SequenceEvent, properties: Properties): MapNode | ListNode {
    const { start } = event
    const isFlow = event.style === COLLECTION_STYLE.FLOW
    // `[a: b]` has a map without braces.
    const hasBrackets = isFlow && (event.type === EVENT_ID.SEQUENCE || this.#text[start] === '{')
    if (hasBrackets) this.#cursor = start + 1
    this.#brackets += Number(isFlow)
    const parts = event.type === EVENT_ID.MAPPING ? this.#pairs(isFlow) : this.#items(isFlow)
    this.#brackets -= Number(isFlow)
    this.#next++
    if (hasBrackets) this.#cursor = this.#skip(/[}\]]/) + 1
    const place = { start: this.#at(start), end: this.#at(this.#cursor) }
    return { ...parts, isFlow, ...place, ...properties, outer: Math.min(place.start, properties.outer) }
  }

  #pairs(isFlow: boolean): Pick<MapNode, 'kind' | 'pairs'> {
    const pairs: Pair[] = []
    while (!this.#isPop()) {
      const key = this.#node()
      const colon = this.#skip(/:/)
      const hasColon = this.#text[colon] === ':'
      if (hasColon) this.#cursor = colon + 1
      const afterColon = this.#cursor
      if (isFlow && hasColon && key.kind === 'scalar' && key.isPlain && /[,[\]{}]/.test(this.#text[afterColon] ?? ''))
        throw new ManifestError(this.#at(colon), 'kubectl reads this ":" as part of the name; put a space behind it')
      pairs.push({ key, value: this.#node(), afterColon: this.#at(afterColon) })
    }
    return { kind: 'map', pairs }
  }

  #items(isFlow: boolean): Pick<ListNode, 'kind' | 'items' | 'dashes'> {
    const items: Node[] = []
    const dashes: number[] = []
    while (!this.#isPop()) {
      if (!isFlow) {
        const dash = this.#skip(/-/)
        dashes.push(this.#at(dash))
        this.#cursor = dash + 1
      }
      items.push(this.#node())
    }
    return { kind: 'list', items, dashes }
  }

  #alias(start: number, end: number): AliasNode {
    const name = this.#text.slice(start, end)
    const at = this.#at(start - 1)
    if (!this.#anchors.has(name)) throw new ManifestError(at, `no anchor &${name} precedes this alias`)
    this.#cursor = end
    const node: AliasNode = {
      kind: 'alias',
      start: at,
      outer: at,
      end: this.#at(end),
      name,
      target: this.#anchors.get(name)
    }
    this.#aliases.push(node)
    return node
  }

  /** The offset in the original text. */
  #at(padded: number): number {
    let count = 0
    for (const line of this.#paddings) if (line + (count + 1) * PADDING.length <= padded) count++
    return padded - count * PADDING.length
  }

  #isPop(): boolean {
    return this.#events[this.#next]?.type === EVENT_ID.POP
  }

  /** The offset of the indicator behind blanks, comments and commas; the cursor if it isn't there. */
  #skip(indicator: RegExp): number {
    const separation = /(?:[ \t\r\n,?]|(?<=[\s,]|^)#[^\r\n]*)*/y
    separation.lastIndex = this.#cursor
    separation.test(this.#text)
    return indicator.test(this.#text[separation.lastIndex] ?? '') ? separation.lastIndex : this.#cursor
  }
}
