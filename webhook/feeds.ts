// Runs watches side by side and knows how long each has been silent. Knows no kind.
import type { Cluster } from './cluster.ts'
import type { WatchMetrics } from './metrics.ts'
import { follow, type Sink, type Source } from './watch.ts'

export interface Feed {
  readonly source: Source
  readonly sink: Sink<never>
}

export interface Feeds {
  /** Until the signal. */
  start(feeds: readonly Feed[], signal: AbortSignal): void
  /** Seconds since each resource was last heard of. */
  silences(): Record<string, number>
}

export interface FeedsOptions {
  readonly cluster: Cluster
  readonly metrics: WatchMetrics
  readonly log: { warn(fields: object, message: string): void }
}

export function createFeeds({ cluster, metrics, log }: FeedsOptions): Feeds {
  const heardAt = new Map<string, number>()
  return {
    start(feeds, signal) {
      for (const { source, sink } of feeds) {
        const resource = source.path.split('/').at(-1) ?? source.path
        heardAt.set(resource, Date.now())
        const failed = (error: unknown): void => {
          metrics.failures.inc({ resource })
          log.warn({ resource, err: error }, 'watch failed; beginning again')
        }
        const heard = (): void => void heardAt.set(resource, Date.now())
        void follow(cluster, source, sink, { signal, heard, failed }).then(() => heardAt.delete(resource))
      }
    },
    silences: () => Object.fromEntries([...heardAt].map(([resource, at]) => [resource, (Date.now() - at) / 1000]))
  }
}
