// What Prometheus is told. One registry per webhook, so that tests may run several in one process.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface AdmissionMetrics {
  readonly shed: Counter
  readonly underWay: Gauge
  readonly findings: Counter<'code'>
  observe(outcome: string, seconds: number): void
}

export interface Metrics {
  readonly registry: Registry
  readonly admission: AdmissionMetrics
}

/** From half a millisecond, about what a review takes, to the API server's hard limit. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'kubectl_mirror_admission_duration_seconds',
    help: 'From the first byte of an admission request to its answer, by outcome.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers
  })
  return {
    registry,
    admission: {
      observe: (outcome, seconds) => duration.observe({ outcome }, seconds),
      shed: new Counter({
        name: 'kubectl_mirror_admission_shed_total',
        help: 'Admission requests answered with 503 and Retry-After because too many were under way.',
        registers
      }),
      underWay: new Gauge({
        name: 'kubectl_mirror_admission_in_flight',
        help: 'Admission requests under way.',
        registers
      }),
      findings: new Counter({
        name: 'kubectl_mirror_findings_total',
        help: 'Problems and warnings found in admission, by code (docs/annotations.md).',
        labelNames: ['code'],
        registers
      })
    }
  }
}
