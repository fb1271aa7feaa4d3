// Removes our mirrors from a route, by the record that admission keeps. Undoes inject.ts.
import { ANNOTATIONS, PREFIX } from './annotations.ts'
import { placeOf, type Place } from './host.ts'
import { kindOf, rulesOf, withRules } from './kind-of.ts'
import { recordedTargets, recordOf, type RecordedTarget } from './record.ts'
import { primaryOf } from './resolve-targets.ts'
import type { RawRule, RouteKind, RouteObject } from './route-kind.ts'
import { fromDestination, isDestinationOf, oneOf, type Target } from './target.ts'
import { withAnnotations, type HttpRule } from './virtual-service.ts'

/**
 * The base of an object: without the mirrors that are ours (see record.ts), without our filtered clones, and without the
 * record. The user's own annotations stay. Returns the object itself when there is nothing of ours in it.
 */
export function strip<T extends RouteObject>(object: T, old?: RouteObject, place: Place = placeOf(object)): T {
  const kind = kindOf(object)
  const isOurs = oneOf(targetsOf(recordedTargets(object, old, place)), place)
  const stripped = changeRules(object, (rule) =>
    isClone(rule, kind) ? undefined : kind.withoutMirrors(rule, isOurs, place)
  )
  if (recordOf(object) === undefined) return stripped
  const { [ANNOTATIONS.injected]: _, ...annotations } = object.metadata.annotations ?? {}
  return withAnnotations(stripped, annotations)
}

/** Without our mirrors to their rule's own destination. Leaves the record unchanged. */
export function stripBaseline<T extends RouteObject>(object: T, recorded: readonly RecordedTarget[], place: Place): T {
  const kind = kindOf(object)
  const isOurs = oneOf(targetsOf(recorded), place)
  return changeRules(object, (rule) => {
    const own = fromDestination(primaryOf(kind.read(rule, place)) ?? {})
    const stripped = kind.withoutMirrors(rule, (one) => isDestinationOf(one, own, place) && isOurs(one), place)
    return isClone(rule, kind) && !isClone(stripped, kind) ? undefined : stripped
  })
}

function targetsOf(recorded: readonly RecordedTarget[]): Target[] {
  return recorded.map(({ target }) => target)
}

/** `change` returns the new rule, or undefined to remove it. Returns the object itself if nothing changes. */
function changeRules<T extends RouteObject>(object: T, change: (rule: RawRule) => RawRule | undefined): T {
  const rules = rulesOf(object)
  const kept: RawRule[] = []
  for (const rule of rules) {
    const one = change(rule)
    if (one) kept.push(one)
  }
  const isSame = kept.length === rules.length && kept.every((rule, index) => rule === rules[index])
  return isSame ? object : withRules(object, kept)
}

/** Only what inject.ts creates: a user's rule with such a name but without a mirror is kept. */
function isClone({ name, mirror, mirrors }: HttpRule, { clones }: RouteKind): boolean {
  return clones && name?.startsWith(PREFIX) === true && (!!mirror || !!mirrors)
}
