// The JSON patch from an object to its edit. Compares only what an edit can change: annotations, and the fields of rules.
import jsonPatch, { type AddOperation, type RemoveOperation, type ReplaceOperation } from 'fast-json-patch'
import { kindOf, rulesOf } from './kind-of.ts'
import type { RouteObject } from './route-kind.ts'

/** Always on a member of an object, never on an element of a list. */
export type Operation = AddOperation<unknown> | ReplaceOperation<unknown> | RemoveOperation

/** RFC 6902; empty when nothing changes. */
export function patchBetween(object: RouteObject, result: RouteObject): Operation[] {
  return [...annotationPatch(object, result), ...rulePatch(object, result)]
}

function annotationPatch(object: RouteObject, result: RouteObject): Operation[] {
  const [before, after] = [object.metadata.annotations, result.metadata.annotations]
  if (before && after) return fieldPatch('/metadata/annotations', before, after)
  return fieldPatch('/metadata', before ? { annotations: before } : {}, after ? { annotations: after } : {})
}

/** Up to this many rules, the patch has operations for each rule, and leaves the others to other writers. */
const MOST_RULES = 1000

function rulePatch(object: RouteObject, result: RouteObject): Operation[] {
  const [before, after] = [rulesOf(object), rulesOf(result)]
  const path = `/spec/${kindOf(object).rulesAt}`
  // Clones shift every later rule, and thousands of rules need thousands of operations: replacing the list is shorter.
  if (before.length !== after.length || after.length > MOST_RULES) {
    return before === after ? [] : [{ op: 'replace', path, value: after }]
  }
  return after.flatMap((rule, index) => fieldPatch(`${path}/${index}`, before[index]!, rule))
}

type Fields = Readonly<Record<string, unknown>>

/** Field by field, no deeper: an edit keeps unchanged values identical, and writes changed ones whole. */
function fieldPatch(path: string, before: Fields, after: Fields): Operation[] {
  const operations: Operation[] = []
  if (before === after) return operations
  const at = (field: string): string => `${path}/${jsonPatch.escapePathComponent(field)}`
  for (const field of Object.keys(before)) {
    if (!(field in after)) operations.push({ op: 'remove', path: at(field) })
  }
  for (const field of Object.keys(after)) {
    const value = after[field]
    if (isSame(before[field], value)) continue
    operations.push({ op: field in before ? 'replace' : 'add', path: at(field), value })
  }
  return operations
}

/** By value too: a mirror that is removed and added again unchanged is no change. */
function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) return false
  const [one, other] = [before as Fields, after as Fields] // maps, or lists by their indices
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
