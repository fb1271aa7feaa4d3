// The record of what is injected: the annotation `injected`, on the object and on the one that is stored. Knows no intent.
import { ANNOTATIONS } from './annotations.ts'
import { BOUNDS } from './bounds.ts'
import { fromDestination, keyOf, readTarget, type Target } from './target.ts'
import type { Place } from './host.ts'
import { httpRules, withAnnotations, type VirtualService } from './virtual-service.ts'

export interface RecordedTarget {
  readonly target: Target
  /** As it stands in the record, with its percentage. */
  readonly text: string
}

export function recordOf(object: VirtualService | undefined): string | undefined {
  return object?.metadata.annotations?.[ANNOTATIONS.injected]
}

/*
 * Whose a mirror in the rules of a request's object is:
 *
 *   its destination stands in ...       | it is
 *   ------------------------------------|----------------------------------------------------------------------------
 *   the record of the stored object     | ours: admission wrote that, whatever the request has in its place
 *   the record of the request's object  | ours: `render` wrote it, or it is a copy; a stored object may be of any age
 *   neither                             | the user's
 *
 * So nothing that is typed into `injected` hides a mirror of ours. A user who types a mirror of their own there gives it to
 * us, and it is removed like ours: it looks just like a manifest that was rendered.
 */
export function recordedTargets(object: VirtualService, old: VirtualService | undefined): RecordedTarget[] {
  const [stored, sent] = [readRecord(old), recordOf(object) === recordOf(old) ? [] : readRecord(object)]
  return stored.length === 0 ? sent : sent.length === 0 ? stored : [...stored, ...sent]
}

/** The same object with a record of those that its rules have; the very object where that is what it has. */
export function withTrueRecord(
  object: VirtualService,
  recorded: readonly RecordedTarget[],
  place: Place
): VirtualService {
  const present = new Set(
    httpRules(object)
      .flatMap(({ mirror, mirrors }) => [mirror, ...(mirrors ?? []).map(({ destination }) => destination)])
      .map((destination) => keyOf(fromDestination(destination ?? {}), place))
  )
  const record = recorded.flatMap(({ target, text }) => (present.delete(keyOf(target, place)) ? [text] : [])).join(',')
  if (record === (recordOf(object) ?? '')) return object
  const { [ANNOTATIONS.injected]: _, ...others } = object.metadata.annotations ?? {}
  return withAnnotations(object, record === '' ? others : { ...others, [ANNOTATIONS.injected]: record })
}

function readRecord(object: VirtualService | undefined): RecordedTarget[] {
  const texts = recordOf(object)?.split(',', BOUNDS.destinations) ?? []
  return texts.flatMap((text) => {
    const target = readTarget(text)
    return target ? [{ target, text }] : []
  })
}
