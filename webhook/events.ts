// Writes Kubernetes Events about VirtualServices. Decides nothing; a lost Event is only counted.
import type { Cluster } from './cluster.ts'

export type EventReason = 'Mirrored' | 'MirrorEnded' | 'MirrorExpired' | 'MirrorRefused' | 'MirrorTargetUnavailable'

const WARNINGS: ReadonlySet<EventReason> = new Set(['MirrorRefused', 'MirrorTargetUnavailable'])

export interface Subject {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export type RecordEvent = (subject: Subject, reason: EventReason, message: string) => void

/** At most so many are under way: a burst must neither flood the API server nor fill the memory. */
const PENDING = 200
const COMPONENT = 'kubectl-mirror'

export function createEvents(
  cluster: Cluster,
  identity: string,
  written: (result: 'ok' | 'lost') => void
): RecordEvent {
  let pending = 0
  return (subject, reason, message) => {
    if (pending >= PENDING) return written('lost')
    pending++
    cluster
      .send('POST', `/api/v1/namespaces/${subject.namespace}/events`, {
        body: eventOf(subject, reason, message, identity)
      })
      .then(() => written('ok'))
      .catch(() => written('lost'))
      .finally(() => pending--)
  }
}

function eventOf({ namespace, name, uid }: Subject, reason: EventReason, message: string, identity: string): object {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    metadata: { generateName: `${name}-`, namespace },
    involvedObject: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace, name, uid },
    type: WARNINGS.has(reason) ? 'Warning' : 'Normal',
    reason,
    message,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: identity,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1
  }
}
