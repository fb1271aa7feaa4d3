// Tells of every pod of a selection as it is, changes and goes, for as long as asked: lists, then watches, over and over.
import type { Cluster } from '../cluster.ts'
import { ApiError } from '../errors.ts'
import { formatSelector, type Pod, podsPath } from '../pods.ts'
import { Backoff, type Pause } from './backoff.ts'

export interface PodWatchOptions {
  readonly cluster: Cluster
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly onPod: (pod: Pod) => void
  readonly onGone: (uid: string) => void
  /** After each whole list. */
  readonly onListed: () => void
  /** The connection broke; it is made again. */
  readonly onBroken: (error: Error) => void
  /** After each list and each change. */
  readonly onAnswered: () => void
  readonly pause: Pause
}

/** Rejects where the first list fails; after that, only the signal ends it. */
export async function watchPods(options: PodWatchOptions): Promise<void> {
  const { signal, onBroken, onAnswered, pause } = options
  const backoff = new Backoff(pause)
  const known = new Set<string>()
  let version: string | undefined
  let hasListed = false
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        version = await list(options, known)
        hasListed = true
        onAnswered()
      }
      for await (const next of changes(options, version, known)) {
        version = next
        backoff.reset()
        onAnswered()
      }
    } catch (error) {
      if (signal.aborted) return
      if (!hasListed) throw error
      if (isOutdated(error)) version = undefined
      else onBroken(error as Error)
    }
    if (!signal.aborted) await backoff.wait(signal)
  }
}

/** The server no longer has that version: nothing is wrong, but it takes a new list. After other errors it still holds. */
function isOutdated(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.status === 400)
}

/** Returns the version from which to watch. */
async function list({ cluster, onPod, onGone, onListed, ...options }: PodWatchOptions, known: Set<string>) {
  const query = { labelSelector: formatSelector(options.selector) }
  const found = new Set<string>()
  let version = ''
  for await (const page of cluster.list<Pod>(podsPath(options.namespace), { query, signal: options.signal })) {
    for (const pod of page.items) {
      found.add(pod.metadata.uid)
      onPod(pod)
    }
    version = page.resourceVersion
  }
  for (const uid of known) {
    if (found.has(uid)) continue
    known.delete(uid)
    onGone(uid)
  }
  for (const uid of found) known.add(uid)
  onListed()
  return version
}

/** Yields the version after each event. */
async function* changes({ cluster, onPod, onGone, ...options }: PodWatchOptions, version: string, known: Set<string>) {
  const query = { labelSelector: formatSelector(options.selector), resourceVersion: version }
  for await (const { type, object } of cluster.watch<Pod>(podsPath(options.namespace), {
    query,
    signal: options.signal
  })) {
    if (type === 'DELETED') {
      known.delete(object.metadata.uid)
      onGone(object.metadata.uid)
    } else if (type !== 'BOOKMARK') {
      known.add(object.metadata.uid)
      onPod(object)
    }
    yield object.metadata.resourceVersion
  }
}
