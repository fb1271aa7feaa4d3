// Applies a patch to a copy before it is sent, to prove that it produces the planned object. Knows no mirror.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch from 'fast-json-patch'
import { kindOf, rulesOf, withRules } from '../../mirror/kind-of.ts'
import type { Operation } from '../../mirror/patch.ts'
import { listed, shorten } from '../../mirror/problem.ts'
import type { RawRule, RouteObject } from '../../mirror/route-kind.ts'

/**
 * Throws if the patch does not turn `object` into `result`. A patch that does not apply fails the user's write with a 500 even
 * under failurePolicy Ignore; an error of the webhook does not.
 */
export function assertApplies(patch: readonly Operation[], object: RouteObject, result: RouteObject): void {
  const document = applied(patch, object)
  const [made, planned] = [rulesOf(document), rulesOf(result)]
  const same =
    isDeepStrictEqual(document.metadata.annotations ?? {}, result.metadata.annotations ?? {}) &&
    made.length === planned.length &&
    (made === planned || made.every((rule, index) => rule === planned[index] || hasSameFields(rule, planned[index]!)))
  if (!same) throw new Error(`the patch does not produce the planned ${kindOf(object).name}: ${paths(patch)}`)
}

function paths(patch: readonly Operation[]): string {
  return listed(patch, ({ op, path }) => `${op} ${shorten(path)}`)
}

type Members = Record<string, unknown>

/** As the API server does: what is replaced or removed must exist, and so must its parents. */
function applied(patch: readonly Operation[], object: RouteObject): RouteObject {
  const document = copyToPatch(object, patch)
  let folder = ''
  let members: Members = {}
  for (const operation of patch) {
    const { path } = operation
    const end = path.lastIndexOf('/')
    if (end !== folder.length || !path.startsWith(folder)) {
      folder = path.slice(0, end) // operations on one rule stand together
      members = membersAt(document, folder, object)
    }
    const name = path.slice(end + 1)
    const field = name.includes('~') ? jsonPatch.unescapePathComponent(name) : name
    if (operation.op !== 'add' && !(field in members)) throw new Error(`there is no ${path}`)
    if (operation.op === 'remove') delete members[field]
    else members[field] = operation.value
  }
  return document
}

/** Throws unless the place exists and `copyToPatch` copies it. */
function membersAt(document: RouteObject, folder: string, object: RouteObject): Members {
  const members = placeAt(document, folder, object)
  if (!members) throw new Error(`there is no ${folder} to write to`)
  return members as Members // each is an object, and a copy
}

function placeAt(document: RouteObject, folder: string, object: RouteObject): object | null | undefined {
  const { metadata, spec } = document
  const rule = ruleFolder(document)
  if (folder.startsWith(rule)) {
    const rules = rulesOf(document) as RawRule[] // a copy of the list
    return ruleToPatch(rules, object, Number(folder.slice(rule.length)))
  }
  switch (folder) {
    case '/metadata':
      return metadata
    case '/metadata/annotations':
      return metadata.annotations
    case '/spec':
      return spec
    default:
      return undefined
  }
}

/** Copies only what our patches write to (annotations, rules that change); a full copy would cost more than the review. */
function copyToPatch(object: RouteObject, patch: readonly Operation[]): RouteObject {
  const { metadata, spec } = object
  const { annotations } = metadata
  const copy = {
    ...object,
    metadata: { ...metadata, ...(annotations && { annotations: { ...annotations } }) },
    ...(spec && { spec: { ...spec } })
  }
  const folder = ruleFolder(object)
  const changesRules = patch.some(({ path }) => path.startsWith(folder))
  return changesRules ? withRules(copy, [...rulesOf(object)]) : copy
}

/** Copied at its first change: `rules` are the document's own list, with the rules of `object`. */
function ruleToPatch(rules: RawRule[], object: RouteObject, index: number): RawRule | undefined {
  const rule = rules[index]
  if (rule && rule === rulesOf(object)[index]) rules[index] = { ...rule }
  return rules[index]
}

/** `/spec/http/` */
function ruleFolder(object: RouteObject): string {
  return `/spec/${kindOf(object).rulesAt}/`
}

/** Nearly all values are identical, so few need a deep comparison. */
function hasSameFields(made: RawRule, planned: RawRule): boolean {
  const fields = Object.keys(planned)
  return (
    Object.keys(made).length === fields.length &&
    fields.every((field) => made[field] === planned[field] || isDeepStrictEqual(made[field], planned[field]))
  )
}
