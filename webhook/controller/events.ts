// Writes Kubernetes Events, about routes and the policy. Decides nothing; a lost Event is only counted.
import type { Cluster } from '../kubernetes/client.ts'

const TYPES = {
  Mirrored: 'Normal',
  MirrorEnded: 'Normal',
  MirrorExpired: 'Normal',
  MirrorForbidden: 'Warning',
  MirrorLimitMissing: 'Warning',
  MirrorRefused: 'Warning',
  MirrorSuspended: 'Warning',
  MirrorTargetUnavailable: 'Warning',
  PolicyUnreadable: 'Warning'
} as const

export type EventReason = keyof typeof TYPES

const API_VERSIONS = {
  VirtualService: 'networking.istio.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  ConfigMap: 'v1'
}

export interface Subject {
  /** Absent: a VirtualService. */
  readonly kind?: keyof typeof API_VERSIONS
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export type RecordEvent = (subject: Subject, reason: EventReason, message: string) => void

/** Most that are in flight: a burst must neither flood the API server nor fill the memory. */
const PENDING = 200
const COMPONENT = 'kubectl-mirror'
/** Characters; the limit of events.k8s.io. */
const LONGEST_MESSAGE = 1024

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

function eventOf(
  { kind = 'VirtualService', namespace, name, uid }: Subject,
  reason: EventReason,
  message: string,
  identity: string
): object {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    metadata: { generateName: `${name}-`, namespace },
    involvedObject: { apiVersion: API_VERSIONS[kind], kind, namespace, name, uid },
    type: TYPES[reason],
    reason,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: identity,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1
  }
}
