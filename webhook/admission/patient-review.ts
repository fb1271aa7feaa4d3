// A review that waits a moment before it denies a target for not being known: its Service or DestinationRule may have been made
// just before, and the watch that tells of it be on its way. Asks the API nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import type { AdmissionRequest } from './admission-review.ts'
import type { Decision } from './review.ts'

export interface PatienceOptions {
  readonly review: (request: AdmissionRequest) => Decision
  /** Changes whenever more may be known of targets. */
  readonly knowledge: () => unknown
}

/** A watch tells of a change within tens of milliseconds. */
const LONGEST_WAIT_MS = 2000
const LOOK_MS = 50
/** The others are denied at once: each that waits keeps its place, and its objects, some twenty times their bytes. */
const MOST_WAITING = 4
const MOST_WAITING_BYTES = 1024 * 1024

/** `within`: milliseconds that the API server waits for the answer. Not a promise where nothing is waited for. */
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

/** With another problem it would be denied in any case. */
function awaitsTarget({ outcome, findings }: Decision): boolean {
  return outcome === 'denied' && findings.every(({ code }) => code === 'targetRequired')
}
