// What Prometheus is told. One registry per webhook, so that tests may run several in one process.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface AdmissionMetrics {
  readonly shed: Counter
  readonly refused: Counter
  readonly underWay: Gauge
  readonly findings: Counter<'code'>
  readonly duration: Histogram<'outcome'>
}

export interface ControllerMetrics {
  readonly leading: Gauge
  readonly heals: Counter<'result'>
  readonly mirrored: Gauge
  readonly unavailable: Gauge
  readonly refused: Gauge<'mirrored'>
  readonly events: Counter<'result'>
}

export interface CertificateMetrics {
  readonly begin: Gauge
  readonly expiry: Gauge
  readonly rejected: Counter
  readonly rotations: Counter
  readonly failed: Counter
}

export interface WatchMetrics {
  readonly failures: Counter<'resource'>
  readonly silence: Gauge<'resource'>
  readonly objects: Counter<'resource'>
}

export interface PolicyMetrics {
  readonly rejected: Counter
  readonly unreadable: Gauge
}

export interface Metrics {
  readonly registry: Registry
  readonly admission: AdmissionMetrics
  readonly controller: ControllerMetrics
  readonly certificate: CertificateMetrics
  readonly watch: WatchMetrics
  readonly policy: PolicyMetrics
}

/** From half a millisecond, about what a review takes, to the API server's hard limit. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** `silences` is asked at each scrape: seconds since each watched resource was last heard of. */
export function createMetrics(silences: () => Readonly<Record<string, number>> = () => ({})): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const named = (name: string, help: string) => ({ name: `kubectl_mirror_${name}`, help, registers })
  const counter = (name: string, help: string): Counter => new Counter(named(name, help))
  const gauge = (name: string, help: string): Gauge => new Gauge(named(name, help))
  const counterBy = <L extends string>(label: L, name: string, help: string): Counter<L> =>
    new Counter({ ...named(name, help), labelNames: [label] })
  return {
    registry,
    admission: {
      duration: new Histogram({
        ...named('admission_duration_seconds', 'From the arrival of an admission request to its answer, by outcome.'),
        labelNames: ['outcome'],
        buckets: SECONDS
      }),
      shed: counter('admission_shed_total', 'Admission requests answered 503 with Retry-After: too many, or too late.'),
      refused: counter('admission_refused_total', 'Requests answered 400 or 413: no AdmissionReview, or too large.'),
      underWay: gauge('admission_in_flight', 'Admission requests under way.'),
      findings: counterBy('code', 'findings_total', 'Problems and warnings found in admission, by code.')
    },
    controller: {
      leading: gauge('leader', '1 on the replica that holds the Lease.'),
      heals: counterBy(
        'result',
        'heals_total',
        'No-op patches that put a VirtualService through admission, by result.'
      ),
      mirrored: gauge('mirrored_virtualservices', 'VirtualServices with a mirror of ours, as the leader sees them.'),
      unavailable: gauge('unavailable_targets', 'VirtualServices whose mirror has a target that does not exist.'),
      refused: new Gauge({
        ...named(
          'refused_virtualservices',
          'VirtualServices that admission would refuse today, by whether a mirror of theirs goes on.'
        ),
        labelNames: ['mirrored']
      }),
      events: counterBy('result', 'events_total', 'Kubernetes Events, by whether they could be written.')
    },
    certificate: {
      begin: gauge('certificate_begin_timestamp_seconds', 'When the life of the serving certificate began.'),
      expiry: gauge('certificate_expiry_timestamp_seconds', 'When the serving certificate ends.'),
      rejected: counter(
        'certificate_rejected_total',
        'Certificates that could not be used; one that is in use went on serving.'
      ),
      rotations: counter('certificate_rotations_total', 'Certificates issued by this replica.'),
      failed: counter('certificate_rotation_failures_total', 'Attempts to replace the certificate that failed.')
    },
    watch: {
      failures: counterBy('resource', 'watch_failures_total', 'Lists and watches that failed, and were begun again.'),
      objects: counterBy(
        'resource',
        'object_failures_total',
        'Objects that could not be read or looked at, once for each change of one; the others were.'
      ),
      silence: new Gauge({
        ...named(
          'watch_silence_seconds',
          'Since a watched resource was last heard of; about 60 at most when all is well.'
        ),
        labelNames: ['resource'],
        collect() {
          this.reset() // what is no longer watched is not silent
          for (const [resource, seconds] of Object.entries(silences())) this.set({ resource }, seconds)
        }
      })
    },
    policy: {
      rejected: counter('policy_rejected_total', 'Policies that could not be read.'),
      unreadable: gauge('policy_unreadable', '1 while the policy as it is written cannot be read.')
    }
  }
}
