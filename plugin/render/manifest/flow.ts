// Edits flow collections, `{a: b}` and JSON, by inserting and removing parts with their commas.
import { endOfLine, type Field, type Form } from './block.ts'
import { flowText, scalarText, type Style, type Value } from '../../io/yaml-print.ts'
import { lead, type Splice } from './splices.ts'
import type { ListNode, MapNode, Node, Pair } from './tree.ts'

export const flow: Form = { writeField, removePairs, appendFields, removeItem, insertItems }

function writeField(text: string, _map: MapNode, pair: Pair, value: Value, style: Style): Splice {
  const isEmpty = pair.value.end === pair.value.start
  const indent = ownLine(text, pair.key)
  const written = withEnds(text, flowText(value, style, indent))
  return { start: pair.value.start, end: pair.value.end, text: isEmpty ? ` ${written}` : written }
}

function removePairs(_text: string, map: MapNode, rest: readonly Pair[]): Splice[] {
  const [first] = map.pairs
  if (rest.length === 0) return [{ start: first!.key.outer, end: map.pairs.at(-1)!.value.end, text: '' }]
  const kept = map.pairs.indexOf(rest[0]!)
  const leading = { start: first!.key.outer, end: rest[0]!.key.outer, text: '' }
  const others = map.pairs.flatMap((pair, index) => {
    if (index < kept || rest.includes(pair)) return []
    return [{ start: map.pairs[index - 1]!.value.end, end: pair.value.end, text: '' }]
  })
  return kept > 0 ? [leading, ...others] : others
}

function appendFields(
  text: string,
  map: MapNode,
  rest: readonly Pair[],
  fields: readonly Field[],
  style: Style
): Splice {
  const last = map.pairs.at(-1)
  const at = last ? last.value.end : map.start + 1
  const indent = last && ownLine(text, last.key)
  const isJson = style.isJson || (last !== undefined && text[last.key.start] === '"')
  const parts = fields.map(([key, value]) => {
    return `${scalarText(key, { isJson }, true)}: ${withEnds(text, flowText(value, { ...style, isJson }, indent))}`
  })
  return {
    start: at,
    end: at,
    text: joined(text, parts, indent, last && last.value.end === last.value.start, rest.length > 0)
  }
}

function removeItem(_text: string, list: ListNode, index: number): Splice {
  const [before, item, next] = [list.items[index - 1], list.items[index]!, list.items[index + 1]]
  if (next) return { start: item.outer, end: next.outer, text: '' }
  return { start: before?.end ?? item.outer, end: item.end, text: '' }
}

function insertItems(text: string, list: ListNode, index: number, items: readonly Value[], style: Style): Splice {
  const next = list.items[index]
  const last = list.items.at(-1)
  const indent = last && ownLine(text, next ?? last)
  const isJson = style.isJson || (last?.kind === 'map' && text[last.pairs[0]?.key.start ?? -1] === '"')
  const parts = items.map((item) => withEnds(text, flowText(item, { ...style, isJson }, indent)))
  if (!next) {
    const at = last ? last.end : list.start + 1
    return {
      start: at,
      end: at,
      text: joined(text, parts, indent, last && last.end === last.start, last !== undefined)
    }
  }
  const gap = separator(text, indent)
  return { start: next.outer, end: next.outer, text: parts.map((part) => `${part}${gap}`).join('') }
}

/** The indentation, if the node is the first of its line. */
function ownLine(text: string, node: Node): string | undefined {
  const before = lead(text, node.outer)
  return before.trim() === '' && node.outer > 0 ? before : undefined
}

function joined(
  text: string,
  parts: readonly string[],
  indent: string | undefined,
  isAfterEmpty: boolean | undefined,
  isAfterAny: boolean
): string {
  const gap = separator(text, indent)
  // In `{a:, b: c}` the comma would be part of the name.
  return `${isAfterAny ? (isAfterEmpty ? ` ${gap}` : gap) : ''}${parts.join(gap)}`
}

function separator(text: string, indent: string | undefined): string {
  return indent === undefined ? ', ' : `,${endOfLine(text)}${indent}`
}

function withEnds(text: string, written: string): string {
  return written.replaceAll('\n', endOfLine(text))
}
