// Waits a moment before it denies an unknown target: the Service or DestinationRule may be so new that its watch event has not
// arrived yet. Sends no request to the API server.
import { setTimeout as sleep } from 'node:timers/promises'
import { AWAITED } from '../../mirror/check-route.ts'
import type { AdmissionRequest } from './admission-review.ts'
import type { Decision } from './review.ts'

export interface PatienceOptions {
  readonly review: (request: AdmissionRequest) => Decision
  /** A value that changes whenever more may be known about targets. */
  readonly knowledge: () => unknown
}

/** A watch event arrives within tens of milliseconds. */
const LONGEST_WAIT_MS = 2000
const LOOK_MS = 50
/** The others are denied at once: each that waits keeps its place, and its objects, some twenty times their bytes. */
const MOST_WAITING = 4
const MOST_WAITING_BYTES = 1024 * 1024

/** `within`: milliseconds that the API server still waits. Returns a promise only if it waits. */
export function createPatientReview({ review, knowledge }: PatienceOptions) {
  let waiting = 0
  let held = 0
  const wait = async (request: AdmissionRequest, denied: Decision, within: number): Promise<Decision> => {
    const end = performance.now() + Math.min(LONGEST_WAIT_MS, within / 2)
    let decision = denied
    let judgedBy = knowledge()
    while (awaitsTarget(decision) && performance.now() < end) {
      await sleep(LOOK_MS)
      if (knowledge() === judgedBy) continue
      judgedBy = knowledge()
      decision = review(request)
    }
    return decision
  }
  return (request: AdmissionRequest, within: number): Decision | Promise<Decision> => {
    const decision = review(request)
    const { bytes = 0 } = request
    if (!awaitsTarget(decision) || waiting >= MOST_WAITING || held + bytes > MOST_WAITING_BYTES) return decision
    waiting++
    held += bytes
    return wait(request, decision, within).finally(() => {
      waiting--
      held -= bytes
    })
  }
}

/** With another problem, it is denied anyway. */
function awaitsTarget({ outcome, findings }: Decision): boolean {
  return outcome === 'denied' && findings.every(({ code }) => AWAITED.has(code))
}
