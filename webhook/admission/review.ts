// One admission: the request in, the decision out. Pure: no clock, no client, no log; the edit itself is mirror/'s.
import { readEnd } from '../../mirror/annotations.ts'
import { checkRoute, isOnlyUnread, type KnownGateways } from '../../mirror/check-route.ts'
import { checkTargets, unreadMesh, type KnownMesh } from '../../mirror/check-targets.ts'
import { asksAnew, edit, type Edit } from '../../mirror/edit.ts'
import { describeHazard, hazardsOf } from '../../mirror/hazards.ts'
import { fullHost, type Place } from '../../mirror/host.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { patchBetween, type Operation } from '../../mirror/patch.ts'
import { checkPolicy } from '../../mirror/check-policy.ts'
import { policyIn, type Policies } from '../../mirror/policy.ts'
import type { Problem } from '../../mirror/problem.ts'
import { recordedTargets, recordOf, withTrueRecord } from '../../mirror/record.ts'
import { shapeProblems } from '../../mirror/shape.ts'
import { stripBaseline } from '../../mirror/strip.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'
import type { AdmissionRequest } from './admission-review.ts'
import { limitProblems } from './limits.ts'
import { storageProblem } from './storage.ts'
import { assertApplies } from './verify-patch.ts'

/*
 * Truth table, the first line that holds decides:
 *
 *   the request's object ...                                   | outcome   | response
 *   -----------------------------------------------------------|-----------|-------------------------------------
 *   has a field of a wrong type                                | denied    | 400: the API server would not store it
 *   has problems, and this request changed what is asked for   | denied    | 400, all problems
 *   asks for a mirror whose time is over, whatever else it has | expired   | allowed, patched to the base
 *   is an HTTPRoute, whose live requests the mirror could hurt | suspended | allowed, patched to the base, problems as warnings
 *   is forbidden by the policy, but was mirrored like that     | kept      | allowed, patched, problems as warnings
 *   has problems                                               | kept      | allowed as it is; the record says what of ours is there
 *   asks for a mirror                                          | mirrored  | allowed, patched if it is not there yet
 *   asks for none, but carries ours                            | removed   | allowed, patched to the base
 *   else                                                       | untouched | allowed
 */
export type Outcome = 'denied' | 'suspended' | 'kept' | 'mirrored' | 'expired' | 'removed' | 'untouched'

export interface Circumstances {
  readonly now: Date
  readonly policies: Policies
  /** Absent: the usual one. */
  readonly clusterDomain?: string
  /** Absent: targets are not checked, and a policy that requires known ones permits none. */
  readonly mesh?: KnownMesh
  /** Absent: nor is whether a mirror could hurt the live requests of an HTTPRoute. */
  readonly gateways?: KnownGateways
  /** Whether the controller makes the DestinationRules that limit mirrors. */
  readonly limits?: boolean
}

export interface Decision {
  readonly outcome: Outcome
  /** Problems and warnings: their codes label metrics. */
  readonly findings: readonly Problem[]
  readonly patch: readonly Operation[]
  /** The record of what is mirrored afterwards. */
  readonly injected?: string | undefined
  /** Version of the policy that it was checked against. */
  readonly policy?: string | undefined
}

export function review(
  { object, oldObject, wholeOldObject, namespace, bytes }: AdmissionRequest,
  circumstances: Circumstances
): Decision {
  if (!object || isAbsent(object.metadata)) return { outcome: 'untouched', findings: [], patch: [] }
  const old = readable(oldObject)
  const place = { namespace: namespace ?? object.metadata.namespace ?? '', clusterDomain: circumstances.clusterDomain }
  const { defaultLimit = 0 } = policyIn(circumstances.policies, place.namespace)
  const edited = withinStorage(edit(object, circumstances.now, old, { place, defaultLimit }), object, bytes)
  const isAsked = asksAnew(object, old)
  const { problems, warnings, isSafe } = judge(edited, place, circumstances, isAsked)
  const refused = problems.length > 0
  if (refused && (isMalformed(problems) || isAsked)) return denied(problems)
  if (!refused || edited.plan?.expired) {
    const patch = verifiedPatch(object, edited.result)
    const findings = [...warnings, ...problems]
    return { outcome: outcomeOf(edited, patch), findings, patch, injected: recordOf(edited.result) }
  }
  const stored = (): RouteObject | undefined => (wholeOldObject ? readable(wholeOldObject()) : old)
  const result = isSafe ? kept(object, edited, stored(), { now: circumstances.now, place }) : edited.base
  const patch = verifiedPatch(object, result)
  return { outcome: isSafe ? 'kept' : 'suspended', findings: problems, patch, injected: recordOf(result) }
}

function verifiedPatch(object: RouteObject, result: RouteObject): Operation[] {
  const patch = patchBetween(object, result)
  if (patch.length > 0) assertApplies(patch, object, result)
  return patch
}

/** A malformed old object has no record of ours. */
function readable(oldObject: AdmissionRequest['oldObject']): RouteObject | undefined {
  return !oldObject || isAbsent(oldObject.metadata) || shapeProblems(oldObject).length > 0 ? undefined : oldObject
}

function isMalformed(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => code === 'typeInvalid')
}

/**
 * The request changes no annotation. So a mirror that a newer policy forbids stays, even if the bare manifest is applied again.
 * Otherwise the rules stay as sent, and the record lists the mirrors of ours in them. A baseline ends at its time.
 */
function kept(
  object: RouteObject,
  { result, problems }: Edit,
  old: RouteObject | undefined,
  { now, place }: { readonly now: Date; readonly place: Place }
): RouteObject {
  // By its rules: a target that only the record names was never mirrored.
  const stored = old && recordOf(withTrueRecord(old, recordedTargets(old, undefined, place), place))
  const before = new Set(stored?.split(','))
  const wasMirroredSo = recordOf(result)
    ?.split(',')
    .every((target) => before.has(target))
  const forbidden = problems.length === 0
  if (forbidden && wasMirroredSo) return result
  const recorded = recordedTargets(object, old, place)
  const baseline = readEnd(object.metadata.annotations ?? {}, 'baseline')
  const left = baseline && baseline <= now ? stripBaseline(object, recorded, place) : object
  return withTrueRecord(left, recorded, place)
}

const UNREAD = unreadMesh('the mesh is not read')

interface Judgement extends Pick<Edit, 'problems' | 'warnings'> {
  /** Despite the problems, mirrors that are there already hurt no live request. */
  readonly isSafe: boolean
}

/** Checks what the edit cannot know: whether the targets exist, and whether the policy permits them. */
function judge(edited: Edit, place: Place, circumstances: Circumstances, isAsked: boolean): Judgement {
  const { namespace, clusterDomain } = place
  const { now, policies, mesh, gateways } = circumstances
  const { plan, intent, base, result } = edited
  const kind = kindOf(base)
  const isRoute = kind.name === 'HTTPRoute'
  if (!plan || !intent || plan.expired || edited.problems.length > 0) return { ...edited, isSafe: !isRoute }
  const { rules, targets } = plan
  const unknownTargets = isRoute ? [] : checkTargets(targets, namespace, mesh ?? UNREAD)
  const harms = isRoute && mesh && gateways ? checkRoute(result, plan, place, { mesh, gateways }) : []
  const isSafe = isOnlyUnread(harms)
  const asked = { kind, intent, rules, targets, namespace, clusterDomain, now, unknownTargets }
  const problems = [...harms, ...checkPolicy(policies, asked), ...limitProblems(edited, place, circumstances)]
  if (!mesh) return { problems, warnings: edited.warnings, isSafe }
  const warnings = [...edited.warnings, ...unknownTargets]
  // Said once, to the author of the annotations: a re-apply from Git would repeat it for ever.
  if (!isAsked) return { problems, warnings, isSafe }
  const full = (host: string) => fullHost(host, namespace, clusterDomain)
  const hazards = hazardsOf(edited.result, targets, { namespace, clusterDomain }, (target) =>
    mesh.limited?.({ ...target, host: full(target.host) }, namespace)
  )
  return { problems, warnings: [...warnings, ...hazards.map(describeHazard)], isSafe }
}

function outcomeOf({ plan }: Edit, patch: readonly Operation[]): Outcome {
  if (plan?.expired) return 'expired'
  if (plan) return 'mirrored'
  return patch.length > 0 ? 'removed' : 'untouched'
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function denied(findings: readonly Problem[]): Decision {
  return { outcome: 'denied', findings, patch: [] }
}

/** A result has each rule at most twice (a clone), and each added character has at most six bytes in JSON. */
function withinStorage(edited: Edit, object: RouteObject, bytes = Number.POSITIVE_INFINITY): Edit {
  const growth = edited.plan?.growth ?? 0
  const tooLarge = growth > 0 ? storageProblem(edited.result, 2 * bytes + 6 * growth) : undefined
  return tooLarge ? { ...edited, result: object, problems: [tooLarge] } : edited
}
