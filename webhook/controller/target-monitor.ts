// Says when the target of a running mirror is gone: Istio then drops the copies in silence. Judges by what is known.
import { checkTargets, type KnownMesh } from '../../mirror/check-targets.ts'
import { readTarget } from '../../mirror/target.ts'
import type { RecordEvent } from './events.ts'
import { createIsolation, type ReportFailure } from '../kubernetes/isolation.ts'
import type { ControllerMetrics } from '../kubernetes/metrics.ts'
import type { MirrorDigest } from './mirror-digest.ts'

export interface TargetMonitorOptions {
  readonly mirrors: ReadonlyMap<string, MirrorDigest>
  readonly mesh: KnownMesh
  /** Whether the mesh is known as it is now. */
  readonly current: () => boolean
  readonly record: RecordEvent
  readonly metrics: ControllerMetrics
  readonly signal: AbortSignal
  readonly failed: ReportFailure
  readonly graceMs?: number
}

/** A rollout replaces a VirtualService and its DestinationRule one after the other. */
const GRACE_MS = 5000

/** Call the answer whenever a mirror or the mesh changed. */
export function createTargetMonitor(options: TargetMonitorOptions): () => void {
  const { mirrors, mesh, current, record, metrics, signal, failed, graceMs = GRACE_MS } = options
  const isolation = createIsolation(failed)
  /** What was last said of each, so that it is said once. */
  let unavailable = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  const check = (): void => {
    timer = undefined
    if (!current()) return
    const found = [...mirrors].flatMap(([key, mirror]) => {
      const message = isolation.run(key, mirror.fingerprint, () => unavailabilityOf(mirror, mesh)) ?? ''
      return message === '' ? [] : [{ mirror, message }]
    })
    for (const { mirror, message } of found) {
      if (unavailable.get(mirror.uid) !== message) record(mirror, 'MirrorTargetUnavailable', message)
    }
    unavailable = new Map(found.map(({ mirror, message }) => [mirror.uid, message]))
    metrics.unavailable.set(unavailable.size)
  }
  const end = (): void => {
    clearTimeout(timer)
    metrics.unavailable.set(0) // the next leader's to say
  }
  signal.addEventListener('abort', end, { once: true })
  return () => {
    if (!signal.aborted) timer ??= setTimeout(check, graceMs)
  }
}

/** Ambiguous is not unavailable. */
function unavailabilityOf({ injected = '', namespace }: MirrorDigest, mesh: KnownMesh): string {
  const targets = injected.split(',').flatMap((text) => readTarget(text) ?? [])
  const problems = checkTargets(targets, namespace, mesh).filter(({ code }) => code !== 'portAmbiguous')
  return problems.map(({ message }) => message).join('; ')
}
