// Runs watches side by side and knows how long each has been silent. Knows no kind.
import type { Cluster } from './client.ts'
import type { WatchMetrics } from './metrics.ts'
import type { Source } from './pages.ts'
import { follow, type Sink } from './watch.ts'

export interface Feed {
  readonly source: Source
  readonly sink: Sink<never>
}

export interface Feeds {
  /** Until the signal. */
  start(feeds: readonly Feed[], signal: AbortSignal): void
  /** Seconds since each resource was last heard of. */
  silences(): Record<string, number>
  /** Why a resource may not be as it was last heard of: its list or watch failed, and no other is open yet. */
  problems(): ReadonlyMap<string, string>
}

export interface FeedsOptions {
  readonly cluster: Cluster
  readonly metrics: WatchMetrics
  readonly log: { warn(fields: object, message: string): void }
  /** A resource that had a problem is heard of again. */
  readonly recovered: () => void
}

export function createFeeds({ cluster, metrics, log, recovered }: FeedsOptions): Feeds {
  const heardAt = new Map<string, number>()
  const problems = new Map<string, string>()
  return {
    start(feeds, signal) {
      for (const { source, sink } of feeds) {
        const resource = source.path.split('/').at(-1) ?? source.path
        heardAt.set(resource, Date.now())
        const failed = (error: unknown): void => {
          metrics.failures.inc({ resource })
          problems.set(resource, error instanceof Error ? error.message : String(error))
          log.warn({ resource, err: error }, 'watch failed; beginning again')
        }
        const current = (): void => {
          if (problems.delete(resource)) recovered()
        }
        const heard = (): void => {
          heardAt.set(resource, Date.now())
          current()
        }
        const ended = (): void => void (heardAt.delete(resource), problems.delete(resource))
        void follow(cluster, source, sink, { signal, heard, current, failed }).then(ended)
      }
    },
    silences: () => Object.fromEntries([...heardAt].map(([resource, at]) => [resource, (Date.now() - at) / 1000])),
    problems: () => problems
  }
}
