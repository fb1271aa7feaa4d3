// Says when the target of a running mirror is gone: Istio then drops the copies in silence. Judges by what is known.
import { checkTargets } from '../mirror/check-targets.ts'
import { readTarget } from '../mirror/destination.ts'
import type { RecordEvent } from './events.ts'
import type { Mesh } from './mesh.ts'
import type { ControllerMetrics } from './metrics.ts'
import type { MirrorDigest } from './mirror-digest.ts'

export interface TargetMonitorOptions {
  readonly mirrors: ReadonlyMap<string, MirrorDigest>
  readonly mesh: Mesh
  readonly record: RecordEvent
  readonly metrics: ControllerMetrics
  readonly signal: AbortSignal
}

/** A rollout replaces a VirtualService and its DestinationRule one after the other. */
const GRACE_MS = 5000

/** Call the answer whenever a mirror or the mesh changed. */
export function createTargetMonitor({ mirrors, mesh, record, metrics, signal }: TargetMonitorOptions): () => void {
  /** What was last said of each, so that it is said once. */
  let unavailable = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  const check = (): void => {
    timer = undefined
    if (!mesh.synced()) return
    const found = [...mirrors.values()].flatMap((mirror) => {
      const message = unavailabilityOf(mirror, mesh)
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
    if (!signal.aborted) timer ??= setTimeout(check, GRACE_MS)
  }
}

/** Ambiguous is not unavailable. */
function unavailabilityOf({ injected = '', namespace }: MirrorDigest, mesh: Mesh): string {
  const targets = injected.split(',').flatMap((text) => readTarget(text) ?? [])
  const problems = checkTargets(targets, namespace, mesh).filter(({ code }) => code !== 'portAmbiguous')
  return problems.map(({ message }) => message).join('; ')
}
