// Applies a patch before it is sent: proof that the API server will get what was planned. Knows no mirror.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { VirtualService } from '../mirror/virtual-service.ts'

/**
 * Throws if the patch does not make `result` of `object`. A patch that does not apply fails the user's write with a 500
 * even under failurePolicy Ignore; an error of the webhook's does not.
 */
export function assertApplies(patch: readonly Operation[], object: VirtualService, result: VirtualService): void {
  const { metadata, spec } = jsonPatch.applyPatch(copyToPatch(object), patch, false, true).newDocument
  const same =
    isDeepStrictEqual(metadata.annotations, result.metadata.annotations) &&
    isDeepStrictEqual(spec?.http, result.spec?.http)
  if (!same) throw new Error(`the patch does not make the planned VirtualService: ${JSON.stringify(patch)}`)
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
