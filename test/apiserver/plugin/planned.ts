// What render must make of objects as kubectl reads them.
import { PREFIX } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import type { VirtualService } from '../../../mirror/virtual-service.ts'

export interface KubernetesObject {
  readonly kind: string
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
}

/** What kubectl must read from the rendering of what it reads as `objects`, as `stored` has it; undefined: a refusal. */
export function planned(objects: readonly KubernetesObject[], now: Date): unknown[] | undefined {
  const edits = objects.map(stored).map((object) => {
    const isOurs = object.kind === 'VirtualService' || object.kind === 'HTTPRoute'
    return isOurs ? edit(object as unknown as VirtualService, now) : { result: object, problems: [] }
  })
  return edits.some(({ problems }) => problems.length > 0) ? undefined : edits.map(({ result }) => result)
}

/** Fields with nothing behind them are absent to the API server; values of annotations that are not strings pass. */
export function stored(object: KubernetesObject): KubernetesObject {
  const { metadata, ...rest } = withoutNulls(object) as KubernetesObject
  if (metadata?.annotations === undefined) return { ...rest, metadata: metadata ?? {} }
  const annotations = Object.entries(metadata.annotations).map(([key, value]: [string, unknown]) => {
    const isLeft = typeof value === 'string' || key.startsWith(PREFIX)
    return [key, isLeft ? value : JSON.stringify(value)] as [string, string] // one of ours may be no string
  })
  return { ...rest, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]))
}
