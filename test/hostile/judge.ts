// What every answer to a hostile review must be. Sends nothing.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { HttpRule, VirtualService } from '../../mirror/virtual-service.ts'
import { readReview, type AdmissionRequest, type AdmissionResponse } from '../../webhook/admission/admission-review.ts'
import type { Answer } from './process.ts'

/** Milliseconds of processor time. */
const MOST_CPU = 100
/** Bytes. */
const MOST_RESIDENT = 200 * 1024 * 1024
const LONGEST_DENIAL = 4096
const REFUSALS: ReadonlySet<number> = new Set([400, 413])

/** What is wrong with an answer; undefined: nothing. */
export function fault(body: Buffer, { status, body: text, cpu, resident }: Answer): string | undefined {
  if (cpu > MOST_CPU) return `it took ${cpu.toFixed(0)} ms of processor time`
  if (resident > MOST_RESIDENT) return `${(resident / 1024 / 1024).toFixed(0)} MiB are resident`
  if (REFUSALS.has(status)) return text.length < 600 ? undefined : `a refusal of ${text.length} characters`
  if (status !== 200) return `it was answered ${status}: ${text.slice(0, 200)}`
  const { response } = JSON.parse(text) as { response: AdmissionResponse }
  const denial = response.status?.message ?? ''
  if (Buffer.byteLength(denial) > LONGEST_DENIAL) return `a denial of ${denial.length} characters`
  if (response.allowed === (denial !== '')) return 'it was allowed and denied'
  return response.patch === undefined ? undefined : patchFault(body, response.patch)
}

function patchFault(body: Buffer, encoded: string): string | undefined {
  const patch = JSON.parse(Buffer.from(encoded, 'base64').toString()) as Operation[]
  const object = (readReview(body) as AdmissionRequest).object as VirtualService // it has just been patched
  const before = rulesOf(object).map(withoutMirroring)
  const after = rulesOf(jsonPatch.applyPatch(object, patch, true, true, false).newDocument)
  if (!isDeepStrictEqual(after.map(withoutMirroring), before)) return 'the patch changes more than mirrors'
  return undefined
}

const RESERVED = 'kubectl-mirror.dev/'

/** Ours come and go. */
function rulesOf({ spec }: VirtualService): HttpRule[] {
  return (spec?.http ?? []).filter(({ name }) => !name?.startsWith(RESERVED))
}

function withoutMirroring({ mirror: _, mirrors: __, mirrorPercentage: ___, ...rest }: HttpRule): object {
  return rest
}
