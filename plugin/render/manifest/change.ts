// Computes the splices that change a document's value, and finds aliases and merge keys in the way.
import { isDeepStrictEqual } from 'node:util'
import { PREFIX } from '../../../mirror/annotations.ts'
import { block } from './block.ts'
import { flow } from './flow.ts'
import { type Fields, isFields, type Style, type Value } from '../../io/yaml-print.ts'
import type { Splice } from './splices.ts'
import type { AliasNode, ListNode, MapNode, Node, Pair, Tree } from './tree.ts'
import { isMerge, keyOf, mergedFields } from './value.ts'

export interface Change {
  readonly splices: readonly Splice[]
  /** The maps and lists that the splices change. */
  readonly touched: readonly Node[]
  /** Aliases and merge keys that lead to a value to change, which is written elsewhere. */
  readonly crossed: ReadonlySet<AliasNode | Pair>
}

/** The splices are incomplete if anything is crossed. */
export function changeTree({ text, root }: Tree, before: Value, after: Value, style: Style): Change {
  const changer = new Changer(text, style)
  if (root) changer.change(root, before, after)
  return changer
}

class Changer implements Change {
  readonly splices: Splice[] = []
  readonly touched: Node[] = []
  readonly crossed = new Set<AliasNode | Pair>()
  readonly #text: string
  readonly #style: Style

  constructor(text: string, style: Style) {
    this.#text = text
    this.#style = style
  }

  /** `name`: the value's field. Returns false if the value must be rewritten. */
  change(node: Node, before: Value, after: Value, name?: string): boolean {
    if (isDeepStrictEqual(before, after)) return true
    if (node.kind === 'alias') this.crossed.add(node)
    else if (node.kind === 'map' && isFields(before) && isFields(after)) this.#changeMap(node, before, after)
    else if (node.kind === 'list' && Array.isArray(before) && Array.isArray(after))
      this.#changeList(node, before, after, name)
    else return false
    return true
  }

  #changeMap(map: MapNode, before: Fields, after: Fields): void {
    const { writeField, removePairs, appendFields } = map.isFlow ? flow : block
    const removed = Object.keys(before)
      .filter((key) => !Object.hasOwn(after, key))
      .flatMap((key) => this.#own(map, key))
    const added: [string, Value][] = []
    for (const [key, value] of Object.entries(after)) {
      if (Object.hasOwn(before, key) && isDeepStrictEqual(before[key], value)) continue
      const pair = this.#own(map, key).at(-1)
      if (!pair) added.push([key, value])
      else if (!this.change(pair.value, before[key], value, key)) {
        this.touched.push(map)
        this.splices.push(writeField(this.#text, map, pair, value, this.#style))
      }
    }
    if (removed.length > 0 || added.length > 0) this.touched.push(map)
    const rest = map.pairs.filter((pair) => !removed.includes(pair))
    if (removed.length > 0) this.splices.push(...removePairs(this.#text, map, rest))
    if (added.length > 0) this.splices.push(appendFields(this.#text, map, rest, added, this.#style))
  }

  /** The map's own pairs. Records merge keys with the same field as crossed. */
  #own(map: MapNode, key: string): Pair[] {
    for (const pair of map.pairs) if (isMerge(pair) && Object.hasOwn(mergedFields(pair), key)) this.crossed.add(pair)
    return map.pairs.filter((pair) => !isMerge(pair) && keyOf(pair.key) === key)
  }

  #changeList(list: ListNode, before: readonly Value[], after: readonly Value[], name?: string): void {
    const { removeItem, insertItems } = list.isFlow ? flow : block
    let next = 0
    const insertUpTo = (end: number, at: number): void => {
      if (end === next) return
      this.touched.push(list)
      this.splices.push(insertItems(this.#text, list, at, after.slice(next, end), this.#style))
      next = end
    }
    for (const [at, item] of before.entries()) {
      const kept = find(item, after, next, name)
      if (kept === undefined) {
        this.touched.push(list)
        this.splices.push(removeItem(this.#text, list, at))
        continue
      }
      insertUpTo(kept, at)
      if (!this.change(list.items[at]!, item, after[next++])) throw new Error('an item of another type')
    }
    insertUpTo(after.length, before.length)
  }
}

/** The item's new index. The user's rules keep their order; clones and mirrors are added and removed. */
function find(item: Value, after: readonly Value[], from: number, name: string | undefined): number | undefined {
  for (let index = from; index < after.length; index++) {
    const isFixed =
      name === 'http' ? !isClone(item) && !isClone(after[index]) : name !== 'mirrors' && name !== 'filters'
    if (isFixed || isDeepStrictEqual(item, after[index])) return index
    if (isClone(item) && !isClone(after[index])) return undefined
  }
  return undefined
}

function isClone(rule: Value): boolean {
  return isFields(rule) && typeof rule.name === 'string' && rule.name.startsWith(PREFIX)
}
