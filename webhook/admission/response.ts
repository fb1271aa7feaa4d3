// A decision as an AdmissionResponse, within the API server's limits. Decides nothing.
import { AWAITED } from '../../mirror/check-route.ts'
import { formatProblem, shorten } from '../../mirror/problem.ts'
import type { AdmissionRequest, AdmissionResponse } from './admission-review.ts'
import { FIELD_MANAGER, reviewedWarning, type Reviewed } from '../kubernetes/self-review.ts'
import type { Decision } from './review.ts'

export function responseTo({ uid, options }: AdmissionRequest, decision: Decision): AdmissionResponse {
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
  const isStanding = outcome === 'kept' || outcome === 'suspended'
  return { outcome, policy, awaitsTarget: isStanding && findings.some(({ code }) => AWAITED.has(code)) }
}

/** The API server requires a patch and its type, or neither. */
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

/** kube-apiserver cuts a warning at 256 characters and drops all past 4,096. */
const LONGEST_WARNING = 256
const ALL_WARNINGS = 4096
/** None is shorter than 16 characters. */
const MOST_WARNINGS = ALL_WARNINGS / 16
const MORE_WARNINGS = ' more warnings: see `kubectl mirror check`'

/** Cuts where the API server would, but visibly: with an ellipsis, and a last line that counts the rest. */
export function withinLimits(warnings: readonly string[]): string[] {
  const cut = warnings.slice(0, MOST_WARNINGS).map((warning) => cutWarning(warning))
  const fitting = countFitting(cut, ALL_WARNINGS)
  if (fitting === warnings.length) return cut
  const kept = cut.slice(0, countFitting(cut, ALL_WARNINGS - MORE_WARNINGS.length - String(warnings.length).length))
  return [...kept, `${warnings.length - kept.length}${MORE_WARNINGS}`]
}

/** By code points, as the API server counts. */
function cutWarning(text: string): string {
  const characters = Array.from(text)
  return characters.length <= LONGEST_WARNING ? text : `${characters.slice(0, LONGEST_WARNING - 1).join('')}…`
}

function countFitting(warnings: readonly string[], limit: number): number {
  let total = 0
  const tooMany = warnings.findIndex((warning) => (total += Array.from(warning).length) > limit)
  return tooMany === -1 ? warnings.length : tooMany
}

/** Bytes. kubectl prints all of it, and the API server logs it. */
const LONGEST_DENIAL = 4096
const SEPARATOR = '\n'

/** Every problem on a line of its own, as many as fit. */
function denialOf(texts: readonly string[]): string {
  const whole: string[] = []
  let length = 0
  for (const text of texts) {
    length += Buffer.byteLength(text) + SEPARATOR.length
    if (length > LONGEST_DENIAL - MORE_PROBLEMS.length - DIGITS) break
    whole.push(text)
  }
  const left = texts.length - whole.length
  const lines = left === 0 ? whole : [...whole, `${left}${MORE_PROBLEMS}`]
  // The API server writes its own text before the first line.
  return lines.length > 1 ? ['', ...lines].join(SEPARATOR) : lines.join('')
}

const MORE_PROBLEMS = ' more problems'
const DIGITS = 10
