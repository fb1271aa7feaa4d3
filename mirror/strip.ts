// Takes our mirrors out of a VirtualService, by the record that admission keeps of them. Undoes inject.ts.
import { ANNOTATIONS, PREFIX } from './annotations.ts'
import { BOUNDS } from './bounds.ts'
import { oneOf, readTarget, type Target } from './destination.ts'
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
  const isOurs = oneOf(ours)
  const http = httpRules(object)
  const kept = http.filter((rule) => !isClone(rule)).map((rule) => withoutMirrors(rule, isOurs))
  const same = kept.length === http.length && kept.every((rule, index) => rule === http[index])
  const stripped = same ? object : withHttpRules(object, kept)
  return record === undefined ? stripped : withAnnotations(stripped, annotations)
}

/** Undefined for a record that is absent or not ours to read: whatever somebody typed there must not hide the old one. */
function parseInjected(record: string | undefined): Target[] | undefined {
  if (record === undefined) return undefined
  const targets = record.split(',', BOUNDS.destinations).flatMap((text) => readTarget(text) ?? [])
  return targets.length > 0 ? targets : undefined
}

/** Only what inject.ts makes: a rule of the user's that merely has such a name carries no mirror, and is not lost. */
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
