// Applies a patch before it is sent: proof that the API server will get what was planned. Knows no mirror.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { VirtualService } from '../mirror/virtual-service.ts'

/**
 * Throws if the patch does not make `result` of `object`. A patch that does not apply fails the user's write with a 500
 * even under failurePolicy Ignore; an error of the webhook's does not.
 */
export function assertApplies(patch: readonly Operation[], object: VirtualService, result: VirtualService): void {
  const { metadata, spec } = jsonPatch.applyPatch(copyAlong(object, patch), patch, true, true).newDocument
  const same =
    isDeepStrictEqual(metadata.annotations, result.metadata.annotations) &&
    isDeepStrictEqual(spec?.http, result.spec?.http)
  if (!same) throw new Error(`the patch does not make the planned VirtualService: ${JSON.stringify(patch)}`)
}

type Container = Record<string, unknown>

/** Copies only what the patch will write to; copying the whole of a large object would cost more than its review. */
function copyAlong<T extends object>(document: T, patch: readonly Operation[]): T {
  const copies = new Set<object>()
  const copy = <C extends object>(value: C): C => {
    if (copies.has(value)) return value
    const copied = (Array.isArray(value) ? [...value] : { ...value }) as C // the same members
    copies.add(copied)
    return copied
  }
  const root = copy(document)
  for (const { path } of patch) {
    let parent = root as Container // an array's members have names too
    for (const key of path.split('/').slice(1, -1).map(jsonPatch.unescapePathComponent)) {
      const child = parent[key]
      if (typeof child !== 'object' || child === null) break
      parent = (parent[key] = copy(child)) as Container
    }
  }
  return root
}
