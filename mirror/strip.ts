// Removes our mirrors from a VirtualService, by the record that admission keeps. Undoes inject.ts.
import { ANNOTATIONS, PREFIX } from './annotations.ts'
import { fromDestination, isDestinationOf, oneOf, type Target } from './target.ts'
import { placeOf, type Place } from './host.ts'
import { recordedTargets, recordOf, type RecordedTarget } from './record.ts'
import { primaryOf } from './resolve-targets.ts'
import {
  httpRules,
  withAnnotations,
  withHttpRules,
  type Destination,
  type HttpRule,
  type VirtualService
} from './virtual-service.ts'

/**
 * The base of an object: without the mirrors that are ours (see record.ts), without our filtered clones, and without the
 * record. The user's own annotations stay. Returns the object itself when there is nothing of ours in it.
 */
export function strip(object: VirtualService, old?: VirtualService, place: Place = placeOf(object)): VirtualService {
  const isOurs = oneOf(targetsOf(recordedTargets(object, old)), place)
  const stripped = withRules(object, (rule) => (isClone(rule) ? undefined : withoutMirrors(rule, isOurs)))
  if (recordOf(object) === undefined) return stripped
  const { [ANNOTATIONS.injected]: _, ...annotations } = object.metadata.annotations ?? {}
  return withAnnotations(stripped, annotations)
}

/** Without our mirrors to their rule's own destination. Leaves the record unchanged. */
export function stripBaseline(
  object: VirtualService,
  recorded: readonly RecordedTarget[],
  place: Place
): VirtualService {
  const isOurs = oneOf(targetsOf(recorded), place)
  return withRules(object, (rule) => {
    const own = fromDestination(primaryOf(rule) ?? {})
    const stripped = withoutMirrors(rule, (one) => isDestinationOf(one, own, place) && isOurs(one))
    return isClone(rule) && !isClone(stripped) ? undefined : stripped
  })
}

function targetsOf(recorded: readonly RecordedTarget[]): Target[] {
  return recorded.map(({ target }) => target)
}

/** `keep` returns the new rule, or undefined to remove it. Returns the object itself if nothing changes. */
function withRules(object: VirtualService, keep: (rule: HttpRule) => HttpRule | undefined): VirtualService {
  const http = httpRules(object)
  const kept: HttpRule[] = []
  for (const rule of http) {
    const one = keep(rule)
    if (one) kept.push(one)
  }
  const isSame = kept.length === http.length && kept.every((rule, index) => rule === http[index])
  return isSame ? object : withHttpRules(object, kept)
}

/** Only what inject.ts creates: a user's rule with such a name but without a mirror is kept. */
function isClone(rule: HttpRule): boolean {
  return rule.name?.startsWith(PREFIX) === true && (!!rule.mirror || !!rule.mirrors)
}

type IsOurs = (destination: Destination) => boolean

function withoutMirrors(rule: HttpRule, isOurs: IsOurs): HttpRule {
  return withoutMirrorList(withoutMirror(rule, isOurs), isOurs)
}

function withoutMirror(rule: HttpRule, isOurs: IsOurs): HttpRule {
  if (!rule.mirror || !isOurs(rule.mirror)) return rule
  const { mirror: _, mirrorPercentage: __, ...rest } = rule
  return rest
}

function withoutMirrorList(rule: HttpRule, isOurs: IsOurs): HttpRule {
  if (!rule.mirrors) return rule
  const mirrors = rule.mirrors.filter(({ destination }) => !destination || !isOurs(destination))
  if (mirrors.length === rule.mirrors.length) return rule
  const { mirrors: _, ...rest } = rule
  return mirrors.length > 0 ? { ...rule, mirrors } : rest
}
