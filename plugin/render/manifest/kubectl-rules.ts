// What kubectl's reader of YAML refuses in a document that the parser here accepts. Follows scannerc.go of go.yaml.in/yaml/v2.
import { columnOf } from './block.ts'
import { lead } from './splices.ts'
import { codeOf, ManifestError } from './stream.ts'
import type { ListNode, MapNode, Node, Pair, ScalarNode, Tree } from './tree.ts'

/** Throws a ManifestError. */
export function checkCharacters(text: string): void {
  const odd = /\r(?=[^\n])|[\u0085\u2028\u2029]|(?<=^\s*)\uFEFF/m.exec(text)
  if (odd)
    throw new ManifestError(
      odd.index,
      `${codeOf(odd[0])} is here, which kubectl reads as a line break or byte order mark; remove it`
    )
}

/** Throws a ManifestError. */
export function checkTree({ text, root }: Tree): void {
  const walk = new Walk(text)
  if (root) walk.node(root, 0)
  walk.upTo(text.length)
}

class Walk {
  readonly #text: string
  /** The offset behind the last scalar or flow collection: up to the next one, tabs must not begin a line. */
  #done = 0
  #brackets = 0

  constructor(text: string) {
    this.#text = text
  }

  /** `indent`: columns that a value of several lines must be indented. */
  node(node: Node, indent: number): void {
    const isBlock = (node.kind === 'map' || node.kind === 'list') && !node.isFlow
    if (!isBlock) this.upTo(node.start)
    this.#brackets += Number(!isBlock)
    if (node.kind === 'map') this.#map(node, indent)
    else if (node.kind === 'list') this.#list(node, indent)
    else if (node.kind === 'scalar') this.#scalar(node, indent)
    this.#brackets -= Number(!isBlock)
    if (!isBlock) this.#done = Math.max(this.#done, node.end)
  }

  upTo(start: number): void {
    if (this.#brackets > 0) return
    const tab = /(?:^|\n) *\t/.exec(this.#text.slice(Math.max(this.#done - 1, 0), start))
    if (tab && (tab[0].startsWith('\n') || this.#done === 0))
      this.#refuseTab(Math.max(this.#done - 1, 0) + tab.index + tab[0].length - 1)
  }

  #map(map: MapNode, indent: number): void {
    const inner = map.isFlow ? indent : columnOf(this.#text, map) + 1
    for (const pair of map.pairs) {
      this.#checkName(pair)
      this.node(pair.key, inner)
      this.node(pair.value, inner)
    }
  }

  #list({ isFlow, items, dashes }: ListNode, indent: number): void {
    for (const [index, item] of items.entries()) {
      const dash = dashes[index]
      const tab = dash === undefined ? null : /^- *\t/.exec(this.#text.slice(dash, item.start))
      if (tab) this.#refuseTab(dash! + tab[0].length - 1)
      this.node(item, isFlow || dash === undefined ? indent : lead(this.#text, dash).length + 1)
    }
  }

  #scalar({ start, end, isPlain }: ScalarNode, indent: number): void {
    if (this.#text[start] === '"') this.#checkEscapes(start, end)
    if (!isPlain || start === end) return
    const blanks = /\s*/y
    blanks.lastIndex = end
    blanks.test(this.#text)
    for (const line of this.#text.slice(start, blanks.lastIndex).matchAll(/\n( *)\t/g))
      if (line[1]!.length < indent) this.#refuseTab(start + line.index + line[0].length - 1)
    this.#done = blanks.lastIndex
  }

  #checkEscapes(start: number, end: number): void {
    for (const { 1: odd, index } of this.#text.slice(start, end).matchAll(ESCAPE))
      if (odd !== undefined)
        throw new ManifestError(start + index, `kubectl refuses the escape \\${odd}; write the character itself`)
  }

  #checkName({ key, afterColon }: Pair): void {
    const isMarked = /\?\s*$/.test(lead(this.#text, key.outer))
    if (
      isMarked ||
      (afterColon - key.outer <= MOST_OF_NAME + ':'.length && !this.#text.slice(key.outer, key.end).includes('\n'))
    )
      return
    const allowed = `a name is on one line and has at most ${MOST_OF_NAME} characters`
    throw new ManifestError(key.start, `kubectl cannot read this name: ${allowed}, unless it begins with "? "`)
  }

  #refuseTab(at: number): never {
    throw new ManifestError(at, 'kubectl refuses this tab; replace it with spaces, or remove it')
  }
}

/** `\/`, halves of surrogate pairs, and any other. */
const ESCAPE = /\\(?:(\/|(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2})|[^])/g

const MOST_OF_NAME = 1024
