// Replaces aliases and merge keys by their values where an edit of one place would change another.
import { afterNode, columnOf, contentEnd, endOfLine, pairStart, valueText } from './block.ts'
import { ManifestError } from './stream.ts'
import { blockLines, fieldLines, flowText, scalarText, type Style, type Value } from '../../io/yaml-print.ts'
import { lead, lineStart, type Splice } from './splices.ts'
import type { Change } from './change.ts'
import type { AliasNode, MapNode, Node, Pair, Tree } from './tree.ts'
import { isMerge, keyOf, mergedFields, valueOf } from './value.ts'

/** Empty: the change affects nothing else. */
export function expansions(tree: Tree, { touched, crossed }: Change, style: Style): Splice[] {
  const leaking = tree.aliases.filter(({ target }) => target && touched.some((node) => isWithin(node, target)))
  const expanded = new Set<AliasNode | Pair>([...crossed, ...leaking])
  if (expanded.size === 0) return []
  const expand = (alias: AliasNode): boolean => expanded.has(alias)
  const splices: Splice[] = []
  visit(tree.root, {
    pair(map, pair) {
      if (isMerge(pair)) {
        const sources = pair.value.kind === 'list' ? pair.value.items : [pair.value]
        const isExpanded = crossed.has(pair) || sources.some((one) => one.kind === 'alias' && expand(one))
        if (isExpanded) splices.push(expandMerge(tree.text, map, pair, style))
        return !isExpanded
      }
      if (pair.key.kind === 'alias' && expand(pair.key))
        throw new ManifestError(pair.key.start, `*${pair.key.name} is used as a name; replace it by its value`)
      if (pair.value.kind !== 'alias' || !expand(pair.value)) return true
      splices.push(map.isFlow ? inFlow(pair.value, style) : behindColon(tree.text, map, pair, pair.value, style))
      return false
    },
    item(list, item, index) {
      if (item.kind !== 'alias' || !expand(item)) return
      splices.push(list.isFlow ? inFlow(item, style) : behindDash(tree.text, list.dashes[index]!, item, style))
    }
  })
  return splices
}

interface Visitor {
  /** False: skip its value. */
  pair(map: MapNode, pair: Pair): boolean
  item(list: Extract<Node, { kind: 'list' }>, item: Node, index: number): void
}

function visit(node: Node | undefined, visitor: Visitor): void {
  if (node?.kind === 'map') {
    for (const pair of node.pairs) if (visitor.pair(node, pair)) visit(pair.value, visitor)
  } else if (node?.kind === 'list') {
    for (const [index, item] of node.items.entries()) {
      visitor.item(node, item, index)
      visit(item, visitor)
    }
  }
}

function isWithin(node: Node, target: Node): boolean {
  return target.start <= node.start && node.end <= target.end
}

function inFlow(alias: AliasNode, style: Style): Splice {
  return { start: alias.start, end: alias.end, text: flowText(valueOfAlias(alias), style) }
}

/** `name: *alias # comment` */
function behindColon(text: string, map: MapNode, { afterColon }: Pair, alias: AliasNode, style: Style): Splice {
  const value = valueText(text, valueOfAlias(alias), ' '.repeat(columnOf(text, map)), style)
  return { start: afterColon, end: alias.end, text: value }
}

/** `- *alias # comment` */
function behindDash(text: string, dash: number, alias: AliasNode, style: Style): Splice {
  const lines = blockLines(valueOfAlias(alias), `${' '.repeat(lead(text, dash).length)}  `, style)
  return { start: dash + 1, end: alias.end, text: ` ${lines.join(endOfLine(text))}` }
}

/** `<<: *alias`, `<<: [*one, *two]` */
function expandMerge(text: string, map: MapNode, merge: Pair, style: Style): Splice {
  const fields = Object.entries(mergedFields(merge))
  const names = (pairs: readonly Pair[]) => new Set(pairs.filter((pair) => !isMerge(pair)).map(({ key }) => keyOf(key)))
  const index = map.pairs.indexOf(merge)
  const earlier = names(map.pairs.slice(0, index))
  const overridden = fields.find(([key]) => earlier.has(key))
  if (overridden)
    throw new ManifestError(merge.key.start, `"<<" overrides ${overridden[0]} above it for kubectl; put "<<" first`)
  const later = names(map.pairs.slice(index + 1))
  const kept = fields.filter(([key]) => !later.has(key))
  if (map.isFlow) {
    if (kept.length === 0) throw new ManifestError(merge.key.start, 'this "<<" adds nothing; remove it')
    const parts = kept.map(([key, value]) => `${scalarText(key, style, true)}: ${flowText(value, style)}`)
    return { start: merge.key.outer, end: merge.value.end, text: parts.join(', ') }
  }
  const start = pairStart(text, merge)
  const indent = ' '.repeat(columnOf(text, map))
  const lines = kept.flatMap(([key, value]) => fieldLines(key, value, indent, style))
  const isAlone = lead(text, start).trim() === ''
  if (lines.length > 0)
    return { start, end: contentEnd(text, merge.value), text: lines.join(endOfLine(text)).slice(indent.length) }
  const end = afterNode(text, merge.value)
  return isAlone ? { start: lineStart(text, start), end, text: '' } : { start, end: end + indent.length, text: '' }
}

function valueOfAlias(alias: AliasNode): Value {
  return valueOf({ root: alias })
}
