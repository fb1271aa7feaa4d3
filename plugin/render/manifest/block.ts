// Edits block collections by inserting and removing whole lines.
import {
  blockLines,
  fieldLines,
  innerIndent,
  isInline,
  itemLines,
  type Style,
  type Value
} from '../../io/yaml-print.ts'
import { afterLine, lead, lineStart, type Splice } from './splices.ts'
import type { ListNode, MapNode, Node, Pair } from './tree.ts'

/** The edits of a collection. */
export interface Form {
  /** Replaces a field's value, which may be empty. */
  writeField(text: string, map: MapNode, pair: Pair, value: Value, style: Style): Splice
  /** `rest`: the pairs that stay. */
  removePairs(text: string, map: MapNode, rest: readonly Pair[]): Splice[]
  /** Adds fields behind the last pair. */
  appendFields(text: string, map: MapNode, rest: readonly Pair[], fields: readonly Field[], style: Style): Splice
  removeItem(text: string, list: ListNode, index: number): Splice
  /** Inserts before the item at `index`, or behind the last item. */
  insertItems(text: string, list: ListNode, index: number, items: readonly Value[], style: Style): Splice
}

export type Field = readonly [key: string, value: Value]

export const block: Form = { writeField, removePairs, appendFields, removeItem, insertItems }

function writeField(text: string, map: MapNode, { value: old, afterColon }: Pair, value: Value, style: Style): Splice {
  const indent = ' '.repeat(columnOf(text, map))
  return { start: afterColon, end: contentEnd(text, old), text: valueText(text, value, indent, style) }
}

/** The text behind a colon. */
export function valueText(text: string, value: Value, indent: string, style: Style): string {
  const inner = innerIndent(value, indent, style)
  const eol = endOfLine(text)
  if (isInline(value)) return ` ${blockLines(value, inner, style).join(eol)}`
  return `${eol}${inner}${blockLines(value, inner, style).join(eol)}`
}

function removePairs(text: string, map: MapNode, rest: readonly Pair[]): Splice[] {
  if (rest.length === 0) return [{ start: map.start, end: contentEnd(text, map), text: '{}' }]
  const splices: Splice[] = []
  for (const [index, pair] of map.pairs.entries()) {
    if (rest.includes(pair)) continue
    const start = pairStart(text, pair)
    const end = afterNode(text, pair.value)
    const isAlone = lead(text, start).trim() === ''
    // Behind a dash, the next pair takes its place.
    const next = map.pairs[index + 1]
    if (isAlone) splices.push({ start: lineStart(text, start), end, text: '' })
    else if (next) splices.push({ start, end: end + /[ ]*/y.exec(text.slice(end))![0].length, text: '' })
  }
  return splices
}

function appendFields(
  text: string,
  map: MapNode,
  _rest: readonly Pair[],
  fields: readonly Field[],
  style: Style
): Splice {
  const last = map.pairs.at(-1)!
  const indent = ' '.repeat(columnOf(text, map))
  const isQuoted = text[last.key.start] === '"'
  const lines = fields.flatMap(([key, value]) => fieldLines(key, value, indent, style, isQuoted))
  return wholeLines(text, afterNode(text, last.value), lines)
}

function removeItem(text: string, list: ListNode, index: number): Splice {
  return { start: lineStart(text, list.dashes[index]!), end: afterNode(text, list.items[index]!), text: '' }
}

/** Inserts above the comment that stands right above the item. */
function insertItems(text: string, list: ListNode, index: number, items: readonly Value[], style: Style): Splice {
  const indent = lead(text, list.dashes[0]!)
  const lines = items.flatMap((item) => itemLines(item, indent, style))
  const dash = list.dashes[index]
  if (dash === undefined) return wholeLines(text, afterNode(text, list.items.at(-1)!), lines)
  let at = lineStart(text, dash)
  for (;;) {
    const above = lineStart(text, at - 1)
    if (at === 0 || !text.slice(above, at).startsWith(`${indent}#`)) break
    at = above
  }
  return wholeLines(text, at, lines)
}

/** Indentation of a map's names. */
export function columnOf(text: string, map: MapNode): number {
  return lead(text, pairStart(text, map.pairs[0]!)).length
}

/** Where a pair begins, with the anchor or tag of its name. */
export function pairStart(text: string, { key }: Pair): number {
  return lineStart(text, key.outer) + /^\s*(?:-\s+)*/.exec(lead(text, key.outer))![0].length
}

/** The end of the content, without the line breaks at the end of a block scalar. */
export function contentEnd(text: string, node: Node): number {
  const last = lastOf(node)
  return last.kind === 'scalar' && last.isBlock
    ? last.start + text.slice(last.start, last.end).trimEnd().length
    : node.end
}

/** Where the next line begins. */
export function afterNode(text: string, node: Node): number {
  const last = lastOf(node)
  if (last.kind === 'scalar' && last.keepsBreaks) return last.end
  return afterLine(text, Math.max(contentEnd(text, node), node.start))
}

export function endOfLine(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

function lastOf(node: Node): Node {
  if (node.kind === 'map' && !node.isFlow) return lastOf(node.pairs.at(-1)!.value)
  if (node.kind === 'list' && !node.isFlow) return lastOf(node.items.at(-1)!)
  return node
}

function wholeLines(text: string, at: number, lines: readonly string[]): Splice {
  const eol = endOfLine(text)
  const isAtStart = at === 0 || text[at - 1] === '\n'
  return { start: at, end: at, text: isAtStart ? `${lines.join(eol)}${eol}` : `${eol}${lines.join(eol)}` }
}
