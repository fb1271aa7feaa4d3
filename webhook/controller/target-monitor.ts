// Reports when the target of a running mirror is missing: Istio then drops the copies silently. Fetches nothing.
import { checkTargets, type KnownMesh } from '../../mirror/check-targets.ts'
import { readTarget } from '../../mirror/target.ts'
import type { RecordEvent } from './events.ts'
import { createIsolation, type ReportFailure } from '../kubernetes/isolation.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import type { MirrorDigest } from './mirror-digest.ts'

export interface TargetMonitorOptions {
  readonly mirrors: ReadonlyMap<string, MirrorDigest>
  readonly mesh: KnownMesh
  /** Whether what is known of the mesh is up to date. */
  readonly current: () => boolean
  readonly record: RecordEvent
  readonly metrics: Metrics['controller']
  readonly signal: AbortSignal
  readonly failed: ReportFailure
  readonly graceMs?: number
}

/** A rollout replaces a VirtualService and its DestinationRule one after the other. */
const GRACE_MS = 5000

/** Call the returned function whenever a mirror or the mesh changes. */
export function createTargetMonitor(options: TargetMonitorOptions): () => void {
  const { mirrors, mesh, current, record, metrics, signal, failed, graceMs = GRACE_MS } = options
  const isolation = createIsolation(failed)
  /** The last message for each, so that none is repeated. */
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
    metrics.unavailable.set(0) // the next leader reports it
  }
  signal.addEventListener('abort', end, { once: true })
  return () => {
    if (!signal.aborted) timer ??= setTimeout(check, graceMs)
  }
}

/** An ambiguous port is not unavailable. */
function unavailabilityOf({ injected = '', namespace }: MirrorDigest, mesh: KnownMesh): string {
  const targets = injected.split(',').flatMap((text) => readTarget(text) ?? [])
  const problems = checkTargets(targets, namespace, mesh).filter(({ code }) => code !== 'portAmbiguous')
  return problems.map(({ message }) => message).join('; ')
}
