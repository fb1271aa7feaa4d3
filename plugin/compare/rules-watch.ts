// Watches whether a VirtualService still mirrors as it did when the run began. Knows no record.
import type { Cluster } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'
import { watchObjects } from '../resources/object-watch.ts'
import { collectionPath, type StoredVirtualService } from '../resources/virtual-services.ts'

/** Aborted at the first change; the reason describes it. */
export function watchRules(
  cluster: Cluster,
  { metadata: { name, namespace } }: Pick<StoredVirtualService, 'metadata'>,
  say: (text: string) => void,
  signal: AbortSignal
): AbortSignal {
  const changed = new AbortController()
  let known: string | undefined
  const isUnwatched = (error: Error): void => {
    if (!signal.aborted) say(`warning: cannot watch ${name} for changes: ${error.message}`)
  }
  watchObjects<StoredVirtualService>({
    cluster,
    path: collectionPath(namespace),
    query: { fieldSelector: `metadata.name=${name}` },
    signal: AbortSignal.any([signal, changed.signal]),
    onObject: ({ spec }) => {
      const rules = JSON.stringify(spec, withoutWeights)
      known ??= rules
      if (rules !== known) changed.abort(`the rules of ${name} were changed`)
    },
    onGone: () => changed.abort(`${name} was deleted`),
    // Broken connections are retried; a refusal is final.
    onBroken: (error) => error instanceof ApiError && error.status === 403 && isUnwatched(error)
  }).catch(isUnwatched)
  return changed.signal
}

/** A rollout shifts weights all the time; a comparison only depends on which versions answer. */
function withoutWeights(key: string, value: unknown): unknown {
  return key === 'weight' ? Number(value) > 0 : value
}
