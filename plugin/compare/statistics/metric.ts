// What two versions are compared by. Knows no figures.

export type Metric = 'status' | 'p50' | 'p95' | 'p99' | 'size' | 'missing' | 'field'

export const LATENCIES: readonly Metric[] = ['p50', 'p95', 'p99']

export function isLatency(metric: Metric): boolean {
  return LATENCIES.includes(metric)
}
