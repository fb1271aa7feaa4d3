// The metrics for Prometheus. One registry per webhook, so that tests can run several in one process.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** From half a millisecond, about the time of a review, to the API server's hard limit. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** `silences` is called at each scrape: seconds since the last message about each watched resource. */
export function createMetrics(silences: () => Readonly<Record<string, number>> = () => ({})) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const named = (name: string, help: string) => ({ name: `kubectl_mirror_${name}`, help, registers })
  const counter = (name: string, help: string): Counter => new Counter(named(name, help))
  const gauge = (name: string, help: string): Gauge => new Gauge(named(name, help))
  const gaugeBy = <L extends string>(label: L, name: string, help: string): Gauge<L> =>
    new Gauge({ ...named(name, help), labelNames: [label] })
  const counterBy = <L extends string>(label: L, name: string, help: string): Counter<L> =>
    new Counter({ ...named(name, help), labelNames: [label] })
  return {
    registry,
    admission: {
      duration: new Histogram({
        ...named(
          'admission_duration_seconds',
          'Time from the arrival of an admission request to its response, by outcome.'
        ),
        labelNames: ['outcome'],
        buckets: SECONDS
      }),
      shed: counter(
        'admission_shed_total',
        'Admission requests rejected with 503 and Retry-After: too many, or too late.'
      ),
      refused: counter(
        'admission_refused_total',
        'Requests rejected with 400, 408 or 413: no AdmissionReview, too slow or too large.'
      ),
      underWay: gauge('admission_in_flight', 'Admission requests in flight.'),
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
      refused: gaugeBy(
        'mirrored',
        'refused_virtualservices',
        'VirtualServices that admission would refuse today, by whether they are still mirrored.'
      ),
      events: counterBy('result', 'events_total', 'Kubernetes Events, by whether they were written.')
    },
    certificate: {
      begin: gauge('certificate_begin_timestamp_seconds', 'When the serving certificate became valid.'),
      expiry: gauge('certificate_expiry_timestamp_seconds', 'When the serving certificate expires.'),
      rejected: counter('certificate_rejected_total', 'Certificates that could not be used; the one in use stays.'),
      rotations: counter('certificate_rotations_total', 'Certificates issued by this replica.'),
      failed: counter('certificate_rotation_failures_total', 'Attempts to replace the certificate that failed.')
    },
    watch: {
      failures: counterBy('resource', 'watch_failures_total', 'Lists and watches that failed and were restarted.'),
      objects: counterBy(
        'resource',
        'object_failures_total',
        'Objects that could not be processed, once for each version; the others were.'
      ),
      silence: new Gauge({
        ...named(
          'watch_silence_seconds',
          'Seconds since the last message about a watched resource; normally 60 at most.'
        ),
        labelNames: ['resource'],
        collect() {
          this.reset() // drop what is no longer watched
          for (const [resource, seconds] of Object.entries(silences())) this.set({ resource }, seconds)
        }
      })
    },
    policy: {
      rejected: counter('policy_rejected_total', 'Invalid policies.'),
      unreadable: gauge('policy_unreadable', '1 while the ConfigMap holds no valid policy.')
    }
  }
}
