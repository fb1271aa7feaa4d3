// What can be done to a collection, in block form or in flow form.
import type { Style } from './print.ts'
import type { Splice } from './splices.ts'
import type { ListNode, MapNode, Pair } from './tree.ts'
import type { Value } from './value.ts'

export interface Form {
  /** Another value for a field, which may have been empty. */
  writeField(text: string, map: MapNode, pair: Pair, value: Value, style: Style): Splice
  /** `rest` are the pairs that stay. */
  removePairs(text: string, map: MapNode, rest: readonly Pair[]): Splice[]
  /** Behind the last pair; `rest` as above. */
  appendFields(text: string, map: MapNode, rest: readonly Pair[], fields: readonly Field[], style: Style): Splice
  removeItem(text: string, list: ListNode, index: number): Splice
  /** Before the item at the index; behind the last one where there is none. */
  insertItems(text: string, list: ListNode, index: number, items: readonly Value[], style: Style): Splice
}

export type Field = readonly [key: string, value: Value]
