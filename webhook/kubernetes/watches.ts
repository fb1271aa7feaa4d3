// Runs watches concurrently, and knows how long each has been silent. Knows no kind.
import type { Cluster } from './client.ts'
import type { Metrics } from './metrics.ts'
import type { Source } from './pages.ts'
import { follow, type Sink } from './watch.ts'

export interface Watched {
  readonly source: Source
  readonly sink: Sink<never>
}

export interface Watches {
  /** Watches until the signal. */
  start(watches: readonly Watched[], signal: AbortSignal): void
  /** Seconds since the last message about each resource. */
  silences(): Record<string, number>
  /** Why a resource may have changed unseen: its list or watch failed, and no other is open yet. */
  problems(): ReadonlyMap<string, string>
}

export interface WatchesOptions {
  readonly cluster: Cluster
  readonly metrics: Metrics['watch']
  readonly log: { warn(fields: object, message: string): void }
  /** A resource that had a problem is watched again. */
  readonly recovered: () => void
}

export function createWatches({ cluster, metrics, log, recovered }: WatchesOptions): Watches {
  const heardAt = new Map<string, number>()
  const problems = new Map<string, string>()
  return {
    start(watches, signal) {
      for (const { source, sink } of watches) {
        const resource = resourceOf(source.path)
        heardAt.set(resource, performance.now())
        const failed = (error: unknown): void => {
          metrics.failures.inc({ resource })
          problems.set(resource, error instanceof Error ? error.message : String(error))
          log.warn({ resource, err: error }, 'watch failed; starting again')
        }
        const current = (): void => {
          if (problems.delete(resource)) recovered()
        }
        const heard = (): void => {
          heardAt.set(resource, performance.now())
          current()
        }
        const ended = (): void => void (heardAt.delete(resource), problems.delete(resource))
        void follow(cluster, source, sink, { signal, heard, current, failed }).then(ended)
      }
    },
    silences: () =>
      Object.fromEntries([...heardAt].map(([resource, at]) => [resource, (performance.now() - at) / 1000])),
    problems: () => problems
  }
}

export interface Informing extends Watched {
  readonly sink: Sink<never> & { synced(): boolean }
}

/** Why what is known may be incomplete: a collection is not listed yet, or has a problem. */
export function unreadOf(
  collections: readonly Informing[],
  problems: ReturnType<Watches['problems']>
): string | undefined {
  const reasons = collections.flatMap(({ source: { path }, sink }) => {
    const resource = resourceOf(path)
    const problem = problems.get(resource) ?? (sink.synced() ? undefined : 'not read yet')
    return problem === undefined ? [] : [`${resource}: ${problem}`]
  })
  return reasons.length > 0 ? reasons.join('; ') : undefined
}

/** The first that is not listed yet, and has no problem either. */
export function pendingOf(
  collections: readonly Informing[],
  problems: ReturnType<Watches['problems']>
): string | undefined {
  const resources = collections.filter(({ sink }) => !sink.synced()).map(({ source }) => resourceOf(source.path))
  return resources.find((resource) => !problems.has(resource))
}

function resourceOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** A collection of one object, selected by name, so that RBAC can name it too. */
export function sourceOfOne(namespace: string, resource: string, name: string): Source {
  return { path: `/api/v1/namespaces/${namespace}/${resource}`, query: { fieldSelector: `metadata.name=${name}` } }
}

/** `gone`: a list ended without it, or it was deleted. */
export function sinkOfOne<T>(put: (object: T) => void, gone: () => void): Sink<T> {
  let listed = false
  return {
    begin: () => void (listed = false),
    put(object) {
      listed = true
      put(object)
    },
    end() {
      if (!listed) gone()
    },
    drop: gone
  }
}
