// One admission: the request in, the verdict out. Pure: no clock, no client, no log; the edit itself is mirror/'s.
import type { Operation } from 'fast-json-patch'
import { ANNOTATIONS } from '../mirror/annotations.ts'
import { asksAnew, edit, type Edit } from '../mirror/edit.ts'
import { patchBetween } from '../mirror/patch.ts'
import { formatProblem, type Problem } from '../mirror/problem.ts'
import type { AdmissionRequest, AdmissionResponse } from './admission-review.ts'
import { assertApplies } from './trial.ts'
import { withinLimits } from './warnings.ts'

/*
 * Truth table, the first line that holds decides:
 *
 *   the request's object ...                                   | outcome   | answer
 *   -----------------------------------------------------------|-----------|-------------------------------------
 *   has problems, and this request changed what is asked for   | denied    | 400, all problems
 *   has problems                                               | kept      | allowed as it is, problems as warnings
 *   asks for a mirror                                          | mirrored  | allowed, patched if it is not there yet
 *   asks for one whose time is over                            | expired   | allowed, patched to the base
 *   asks for none, but carries ours                            | removed   | allowed, patched to the base
 *   else                                                       | untouched | allowed
 */
export type Outcome = 'denied' | 'kept' | 'mirrored' | 'expired' | 'removed' | 'untouched'

export interface Verdict {
  readonly outcome: Outcome
  readonly response: AdmissionResponse
  /** Problems and warnings: their codes label metrics. */
  readonly findings: readonly Problem[]
  readonly patched: boolean
}

export function review(request: AdmissionRequest, now: Date): Verdict {
  const { uid, object, oldObject } = request
  if (!object?.metadata) return verdict('untouched', { uid, allowed: true }, [], [])
  const old = oldObject ?? undefined
  const edited = edit(object, now, old)
  const { problems } = edited
  if (problems.length > 0) {
    return asksAnew(object, old) ? denied(uid, problems) : verdict('kept', { uid, allowed: true }, problems, [])
  }
  const patch = patchBetween(object, edited.result)
  if (patch.length > 0) assertApplies(patch, object, edited.result)
  return verdict(outcomeOf(edited, patch), { uid, allowed: true, ...encoded(patch) }, edited.warnings, patch, {
    injected: edited.result.metadata.annotations?.[ANNOTATIONS.injected]
  })
}

function denied(uid: string, problems: readonly Problem[]): Verdict {
  const message = problems.map(formatProblem).join('; ')
  const status = { code: 400, reason: 'BadRequest', message }
  return verdict('denied', { uid, allowed: false, status }, problems, [])
}

function outcomeOf({ plan }: Edit, patch: readonly Operation[]): Outcome {
  if (plan?.expired) return 'expired'
  if (plan) return 'mirrored'
  return patch.length > 0 ? 'removed' : 'untouched'
}

function verdict(
  outcome: Outcome,
  response: AdmissionResponse,
  findings: readonly Problem[],
  patch: readonly Operation[],
  audit: Readonly<Record<string, string | undefined>> = {}
): Verdict {
  const warnings = response.allowed ? withinLimits(findings.map(formatProblem)) : []
  const codes = [...new Set(findings.map(({ code }) => code))].join(',')
  const entries = Object.entries({ outcome, codes, ...audit }).filter((entry): entry is [string, string] => !!entry[1])
  return {
    outcome,
    response: {
      ...response,
      ...(warnings.length > 0 && { warnings }),
      ...(outcome !== 'untouched' && { auditAnnotations: Object.fromEntries(entries) })
    },
    findings,
    patched: patch.length > 0
  }
}

function encoded(patch: readonly Operation[]): Pick<AdmissionResponse, 'patch' | 'patchType'> {
  if (patch.length === 0) return {}
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
}
