// Routes that admission would refuse today: mirrors older than a guardrail, annotations written without the webhook, and mirrors that
// could hurt live requests by now.
// Counts them, and records an Event for each. Decides nothing.
import type { RecordEvent } from './events.ts'
import type { Answered } from './healing.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import { fingerprintOf } from './mirror-digest.ts'

export interface Refusals {
  /** Call after each review that the controller causes. */
  judge(key: string, answered: Answered): void
  forget(key: string): void
  /** Keys that may pass once the mesh changes. */
  awaitingTargets(): string[]
}

interface Refusal {
  readonly mirrored: boolean
  readonly awaitsTarget: boolean
  /** Of the object and its findings: each is reported once. */
  readonly fingerprint: string
}

export function createRefusals(record: RecordEvent, metrics: Metrics['controller'], signal: AbortSignal): Refusals {
  const refused = new Map<string, Refusal>()
  const count = (refusal: Refusal | undefined, by: 1 | -1): void => {
    if (refusal) metrics.refused.inc({ mirrored: String(refusal.mirrored) }, by)
  }
  const set = (key: string, refusal: Refusal | undefined): void => {
    count(refused.get(key), -1)
    count(refusal, 1)
    if (refusal) refused.set(key, refusal)
    else refused.delete(key)
  }
  const reset = (): void => {
    for (const mirrored of ['true', 'false']) metrics.refused.set({ mirrored }, 0)
  }
  reset()
  signal.addEventListener('abort', reset, { once: true }) // the next leader reports it
  return {
    judge(key, { digest, reviewed: { outcome, awaitsTarget }, findings }) {
      const isSuspended = outcome === 'suspended'
      if ((outcome !== 'kept' && !isSuspended) || digest === undefined) return set(key, undefined)
      const mirrored = digest.injected !== undefined
      const fingerprint = fingerprintOf([digest.fingerprint, findings])
      const isNew = refused.get(key)?.fingerprint !== fingerprint
      set(key, { mirrored, awaitsTarget, fingerprint })
      if (!isNew) return
      const found = findings.join('; ')
      if (isSuspended) record(digest, 'MirrorSuspended', `Not mirrored for now: ${found}`)
      else if (mirrored) record(digest, 'MirrorForbidden', `Still mirrored, but would be refused now: ${found}`)
      // Its author has seen no error.
      else record(digest, 'MirrorRefused', `Not mirrored: ${found}`)
    },
    forget: (key) => set(key, undefined),
    awaitingTargets: () => [...refused].filter(([, { awaitsTarget }]) => awaitsTarget).map(([key]) => key)
  }
}
