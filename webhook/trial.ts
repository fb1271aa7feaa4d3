// Applies a patch before it is sent: proof that the API server will get what was planned. Knows no mirror.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch from 'fast-json-patch'
import type { Operation } from '../mirror/patch.ts'
import type { VirtualService } from '../mirror/virtual-service.ts'

/**
 * Throws if the patch does not make `result` of `object`. A patch that does not apply fails the user's write with a 500
 * even under failurePolicy Ignore; an error of the webhook's does not.
 */
export function assertApplies(patch: readonly Operation[], object: VirtualService, result: VirtualService): void {
  const { metadata, spec } = applied(patch, object)
  const same =
    isDeepStrictEqual(metadata.annotations, result.metadata.annotations) &&
    isDeepStrictEqual(spec?.http, result.spec?.http)
  if (!same) throw new Error(`the patch does not make the planned VirtualService: ${JSON.stringify(patch)}`)
}

type Members = Record<string, unknown>

/** As the API server does it: what is replaced or removed must be there, and so must everything on the way. */
function applied(patch: readonly Operation[], object: VirtualService): VirtualService {
  const document = copyToPatch(object)
  let folder = ''
  let members = document as Members
  for (const operation of patch) {
    const { path } = operation
    const end = path.lastIndexOf('/')
    if (end !== folder.length || !path.startsWith(folder)) {
      folder = path.slice(0, end) // operations on one rule stand together
      members = membersAt(document, folder)
    }
    const name = path.slice(end + 1)
    const field = name.includes('~') ? jsonPatch.unescapePathComponent(name) : name
    if (operation.op !== 'add' && !(field in members)) throw new Error(`there is no ${operation.path}`)
    if (operation.op === 'remove') delete members[field]
    else members[field] = operation.value
  }
  return document
}

/** No name on the way to annotations and rules needs unescaping. Throws where the way ends. */
function membersAt(document: VirtualService, path: string): Members {
  let members = document as Members
  for (const name of path.split('/').slice(1)) members = members[name] as Members // or the next step throws
  return members
}

/** Copies what a patch of ours writes to, annotations and the fields of rules; all of it would cost more than the review. */
function copyToPatch({ metadata, spec, ...rest }: VirtualService): VirtualService {
  const { annotations } = metadata
  const http = spec?.http?.map((rule) => ({ ...rule }))
  return {
    ...rest,
    metadata: { ...metadata, ...(annotations && { annotations: { ...annotations } }) },
    ...(spec && { spec: { ...spec, ...(http && { http }) } })
  }
}
