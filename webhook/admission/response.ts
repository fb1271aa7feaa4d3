// A decision in the words of an AdmissionReview, within the API server's limits. Decides nothing.
import { formatProblem, shorten } from '../../mirror/problem.ts'
import type { AdmissionRequest, AdmissionResponse } from './admission-review.ts'
import { denialOf } from './denial.ts'
import { FIELD_MANAGER, reviewedWarning, type Reviewed } from '../kubernetes/self-review.ts'
import type { Decision } from './review.ts'
import { withinLimits } from './warnings.ts'

export function answer({ uid, options }: AdmissionRequest, decision: Decision): AdmissionResponse {
  const { outcome, findings, patch } = decision
  const texts = findings.map(formatProblem)
  const audit = outcome === 'untouched' ? {} : { auditAnnotations: auditOf(decision) }
  if (outcome === 'denied') {
    const status = { code: 400, reason: 'BadRequest', message: denialOf(texts) }
    return { uid, allowed: false, status, ...audit }
  }
  const ours = options?.fieldManager === FIELD_MANAGER ? [reviewedWarning(reviewedAs(decision))] : []
  const warnings = withinLimits([...ours, ...texts])
  return { uid, allowed: true, ...encoded(patch), ...(warnings.length > 0 && { warnings }), ...audit }
}

function reviewedAs({ outcome, policy, findings }: Decision): Reviewed {
  return { outcome, policy, awaitsTarget: outcome === 'kept' && findings.some(({ code }) => code === 'targetRequired') }
}

/** The API server refuses a patch without its type, and the type without a patch. */
function encoded(patch: Decision['patch']): Pick<AdmissionResponse, 'patch' | 'patchType'> {
  if (patch.length === 0) return {}
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
}

/** Characters, of the audit log. */
const LONGEST_AUDITED = 1024

function auditOf({ outcome, findings, injected }: Decision): Record<string, string> {
  const codes = [...new Set(findings.map(({ code }) => code))].join(',')
  return { outcome, ...(codes && { codes }), ...(injected && { injected: shorten(injected, LONGEST_AUDITED) }) }
}
