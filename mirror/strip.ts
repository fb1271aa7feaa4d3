// Takes our mirrors out of a VirtualService, by the record that admission keeps of them. Undoes inject.ts.
import { ANNOTATIONS, PREFIX } from './annotations.ts'
import { isDestinationOf, readTarget, type Target } from './destination.ts'
import {
  httpRules,
  withAnnotations,
  withHttpRules,
  type Destination,
  type HttpRule,
  type VirtualService
} from './virtual-service.ts'

/**
 * The base of an object: without the mirrors that `injected` names (on the object or, failing that, on `old`: a
 * server-side apply that drops our annotations drops the record with them), without our filtered clones, and without
 * the record. The user's own annotations stay. Returns the object itself when there is nothing of ours in it.
 */
export function strip(object: VirtualService, old?: VirtualService): VirtualService {
  const { [ANNOTATIONS.injected]: record, ...annotations } = object.metadata.annotations ?? {}
  const ours = parseInjected(record) ?? parseInjected(old?.metadata.annotations?.[ANNOTATIONS.injected]) ?? []
  const http = httpRules(object)
  const kept = http.filter((rule) => !isClone(rule)).map((rule) => withoutMirrors(rule, ours))
  const same = kept.length === http.length && kept.every((rule, index) => rule === http[index])
  const stripped = same ? object : withHttpRules(object, kept)
  return record === undefined ? stripped : withAnnotations(stripped, annotations)
}

/** Undefined for a record that is absent or not ours to read: whatever somebody typed there must not hide the old one. */
function parseInjected(record: string | undefined): Target[] | undefined {
  if (record === undefined) return undefined
  const targets = record.split(',').flatMap((text) => readTarget(text) ?? [])
  return targets.length > 0 ? targets : undefined
}

/** Only what inject.ts makes: a rule of the user's that merely has such a name carries no mirror, and is not lost. */
function isClone(rule: HttpRule): boolean {
  return rule.name?.startsWith(PREFIX) === true && (!!rule.mirror || !!rule.mirrors)
}

function withoutMirrors(rule: HttpRule, ours: readonly Target[]): HttpRule {
  return withoutMirrorList(withoutMirror(rule, ours), ours)
}

function withoutMirror(rule: HttpRule, ours: readonly Target[]): HttpRule {
  if (!isOurs(rule.mirror, ours)) return rule
  const { mirror: _, mirrorPercentage: __, ...rest } = rule
  return rest
}

function withoutMirrorList(rule: HttpRule, ours: readonly Target[]): HttpRule {
  if (!rule.mirrors) return rule
  const mirrors = rule.mirrors.filter(({ destination }) => !isOurs(destination, ours))
  if (mirrors.length === rule.mirrors.length) return rule
  const { mirrors: _, ...rest } = rule
  return mirrors.length > 0 ? { ...rule, mirrors } : rest
}

function isOurs(destination: Destination | null | undefined, ours: readonly Target[]): boolean {
  return !!destination && ours.some((target) => isDestinationOf(destination, target))
}
