// The stored object of a review, read from its bytes only as far as it is needed: it is half of a review, and mostly says nothing.
// What is not read is not checked either: an API server sends JSON, and writes our annotations without escapes.
import { PREFIX } from '../../mirror/annotations.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import type { Span, Structure } from './structure.ts'

export interface OldObject {
  /** Kind and annotations: what every review reads. */
  readonly oldObject: RouteObject
  /** With its rules; undefined: they are not JSON. */
  readonly wholeOldObject: () => RouteObject | undefined
}

/** Undefined: it has no annotation of ours, so it says nothing. `kind` is of the new object, which has the same. Throws a SyntaxError. */
export function readOldObject(
  body: Buffer,
  { oldObject, annotations }: Structure,
  { apiVersion, kind }: Partial<Pick<RouteObject, 'apiVersion' | 'kind'>>
): OldObject | undefined {
  if (!oldObject || !annotations || !body.subarray(...annotations).includes(PREFIX)) return undefined
  const read = (span: Span): unknown => JSON.parse(body.toString('utf8', ...span))
  const head = { ...(apiVersion && { apiVersion }), ...(kind && { kind }) }
  return {
    // The types of both are checked where they are used (shape.ts).
    oldObject: { ...head, metadata: { annotations: read(annotations) as Annotations } },
    wholeOldObject() {
      try {
        return read(oldObject) as RouteObject
      } catch {
        return undefined
      }
    }
  }
}
