// The record of injected mirrors: the annotation `injected`, on the request's object and on the stored one. Knows no intent.
import { ANNOTATIONS } from './annotations.ts'
import { BOUNDS } from './bounds.ts'
import { fromDestination, keyOf, type Target } from './target.ts'
import type { Place } from './host.ts'
import { kindOf, readRules } from './kind-of.ts'
import type { RouteObject } from './route-kind.ts'
import { withAnnotations } from './virtual-service.ts'

export interface RecordedTarget {
  readonly target: Target
  /** As it stands in the record, with its percentage. */
  readonly text: string
}

export function recordOf(object: RouteObject | undefined): string | undefined {
  return object?.metadata.annotations?.[ANNOTATIONS.injected]
}

/*
 * Who owns a mirror in the rules of a request's object:
 *
 *   its destination stands in ...       | it is
 *   ------------------------------------|----------------------------------------------------------------------------
 *   the record of the stored object     | ours: admission wrote that record, whatever the request contains
 *   the record of the request's object  | ours: `render` wrote it, or the object was copied
 *   neither                             | the user's
 *
 * So no value of `injected` hides a mirror of ours. A user who lists their own mirror there hands it over, and it is removed like
 * ours: it looks like a rendered manifest.
 */
export function recordedTargets(object: RouteObject, old: RouteObject | undefined, place: Place): RecordedTarget[] {
  const [stored, sent] = [readRecord(old, place), recordOf(object) === recordOf(old) ? [] : readRecord(object, place)]
  return stored.length === 0 ? sent : sent.length === 0 ? stored : [...stored, ...sent]
}

/** The object with a record of the mirrors that its rules have; the object itself if its record is already true. */
export function withTrueRecord<T extends RouteObject>(object: T, recorded: readonly RecordedTarget[], place: Place): T {
  const present = new Set(
    readRules(object, place)
      .flatMap(({ mirror, mirrors }) => [mirror, ...(mirrors ?? []).map(({ destination }) => destination)])
      .map((destination) => keyOf(fromDestination(destination ?? {}), place))
  )
  const record = recorded.flatMap(({ target, text }) => (present.delete(keyOf(target, place)) ? [text] : [])).join(',')
  if (record === (recordOf(object) ?? '')) return object
  const { [ANNOTATIONS.injected]: _, ...others } = object.metadata.annotations ?? {}
  return withAnnotations(object, record === '' ? others : { ...others, [ANNOTATIONS.injected]: record })
}

function readRecord(object: RouteObject | undefined, place: Place): RecordedTarget[] {
  if (object === undefined) return []
  const { readTarget } = kindOf(object)
  const texts = recordOf(object)?.split(',', BOUNDS.destinations) ?? []
  return texts.flatMap((text) => {
    const target = readTarget(text, place)
    return target ? [{ target, text }] : []
  })
}
