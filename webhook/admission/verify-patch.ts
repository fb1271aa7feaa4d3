// Applies a patch to a copy before it is sent, to prove that it produces the planned object. Knows no mirror.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch from 'fast-json-patch'
import type { Operation } from '../../mirror/patch.ts'
import { listed, shorten } from '../../mirror/problem.ts'
import type { HttpRule, VirtualService } from '../../mirror/virtual-service.ts'

/**
 * Throws if the patch does not turn `object` into `result`. A patch that does not apply fails the user's write with a 500 even
 * under failurePolicy Ignore; an error of the webhook does not.
 */
export function assertApplies(patch: readonly Operation[], object: VirtualService, result: VirtualService): void {
  const { metadata, spec } = applied(patch, object)
  const [made, planned] = [spec?.http ?? undefined, result.spec?.http ?? undefined]
  const same =
    isDeepStrictEqual(metadata.annotations ?? {}, result.metadata.annotations ?? {}) &&
    made?.length === planned?.length &&
    (made === planned || (made ?? []).every((rule, index) => hasSameFields(rule, planned![index]!)))
  if (!same) throw new Error(`the patch does not produce the planned VirtualService: ${paths(patch)}`)
}

function paths(patch: readonly Operation[]): string {
  return listed(patch, ({ op, path }) => `${op} ${shorten(path)}`)
}

type Members = Record<string, unknown>

/** As the API server does: what is replaced or removed must exist, and so must its parents. */
function applied(patch: readonly Operation[], object: VirtualService): VirtualService {
  const document = copyToPatch(object, patch)
  let folder = ''
  let members: Members = {}
  for (const operation of patch) {
    const { path } = operation
    const end = path.lastIndexOf('/')
    if (end !== folder.length || !path.startsWith(folder)) {
      folder = path.slice(0, end) // operations on one rule stand together
      members = membersAt(document, folder)
    }
    const name = path.slice(end + 1)
    const field = name.includes('~') ? jsonPatch.unescapePathComponent(name) : name
    if (operation.op !== 'add' && !(field in members)) throw new Error(`there is no ${path}`)
    if (operation.op === 'remove') delete members[field]
    else members[field] = operation.value
  }
  return document
}

const RULE = '/spec/http/'

/** Throws unless the place exists and `copyToPatch` copies it. */
function membersAt(document: VirtualService, folder: string): Members {
  const members = placeAt(document, folder)
  if (!members) throw new Error(`there is no ${folder} to write to`)
  return members as Members // each is an object, and a copy
}

function placeAt({ metadata, spec }: VirtualService, folder: string): object | null | undefined {
  if (folder.startsWith(RULE)) return spec?.http?.[Number(folder.slice(RULE.length))]
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

/** Copies only what our patches write to (annotations, fields of rules); a full copy would cost more than the review. */
function copyToPatch({ metadata, spec, ...rest }: VirtualService, patch: readonly Operation[]): VirtualService {
  const { annotations } = metadata
  const changesRules = patch.some(({ path }) => path.startsWith(RULE))
  const http = changesRules ? spec?.http?.map((rule) => ({ ...rule })) : spec?.http
  return {
    ...rest,
    metadata: { ...metadata, ...(annotations && { annotations: { ...annotations } }) },
    ...(spec && { spec: { ...spec, ...(http && { http }) } })
  }
}

/** Nearly all values are identical, so few need a deep comparison. */
function hasSameFields(made: HttpRule, planned: HttpRule): boolean {
  const fields = Object.keys(planned)
  return (
    Object.keys(made).length === fields.length &&
    fields.every((field) => made[field] === planned[field] || isDeepStrictEqual(made[field], planned[field]))
  )
}
