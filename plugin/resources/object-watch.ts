// Reports every object of a collection as it is, changes and is deleted: lists, then watches, again and again.
import type { Cluster, Query } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'
import { Backoff, type Pause, sleep } from './backoff.ts'

export interface ObjectWatchOptions<T> {
  readonly cluster: Cluster
  readonly path: string
  /** A selector. */
  readonly query: Query
  readonly signal: AbortSignal
  readonly pause?: Pause
  readonly onObject: (object: T) => void
  readonly onGone: (uid: string) => void
  /** After the first whole list. */
  readonly onListed?: () => void
  /** Whether a failure of the first list ends it; absent: any does. */
  readonly isFinal?: (error: Error) => boolean
  /** The connection broke; it is made again. */
  readonly onBroken: (error: Error) => void
  /** After each list and each change. */
  readonly onAnswered?: () => void
}

interface Watched {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string }
}

/** Rejects where the first list fails for good; after that, only the signal ends it. */
export async function watchObjects<T extends Watched>(asked: ObjectWatchOptions<T>): Promise<void> {
  const options = { ...DEFAULTS, ...asked }
  const { signal, onListed, isFinal, onBroken, onAnswered, pause } = options
  const backoff = new Backoff(pause)
  const known = new Set<string>()
  let version: string | undefined
  let hasListed = false
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        version = await list(options, known)
        if (!hasListed) onListed()
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
      if (!hasListed && isFinal(error as Error)) throw error
      if (hasListed && isOutdated(error)) version = undefined
      else onBroken(error as Error)
    }
    if (!signal.aborted) await backoff.wait(signal)
  }
}

const DEFAULTS = { pause: sleep, isFinal: () => true, onListed: () => {}, onAnswered: () => {} }

/** The server no longer has that version: nothing is wrong, but it takes a new list. After other errors it still holds. */
function isOutdated(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.status === 400)
}

/** Returns the version from which to watch. */
async function list<T extends Watched>(options: ObjectWatchOptions<T>, known: Set<string>): Promise<string> {
  const { cluster, path, query, signal, onObject, onGone } = options
  const found = new Set<string>()
  let version = ''
  for await (const page of cluster.list<T>(path, { query, signal })) {
    for (const object of page.items) {
      found.add(object.metadata.uid)
      onObject(object)
    }
    version = page.resourceVersion
  }
  for (const uid of known) {
    if (found.has(uid)) continue
    known.delete(uid)
    onGone(uid)
  }
  for (const uid of found) known.add(uid)
  return version
}

/** Yields the version after each event. */
async function* changes<T extends Watched>(options: ObjectWatchOptions<T>, version: string, known: Set<string>) {
  const { cluster, path, query, signal, onObject, onGone } = options
  for await (const { type, object } of cluster.watch<T>(path, {
    query: { ...query, resourceVersion: version },
    signal
  })) {
    if (type === 'DELETED') {
      known.delete(object.metadata.uid)
      onGone(object.metadata.uid)
    } else if (type !== 'BOOKMARK') {
      known.add(object.metadata.uid)
      onObject(object)
    }
    yield object.metadata.resourceVersion
  }
}
