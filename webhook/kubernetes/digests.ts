// Remembers a digest of each object of a followed collection, and says what changed. Knows no kind.
import { createIsolation, type ReportFailure } from './isolation.ts'
import type { Sink } from './watch.ts'

export interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
}

/** `found` by the first list, where nothing has changed yet; `written`, or `gone`. */
export type Cause = 'found' | 'written' | 'gone'

/** Told after the fact; `undefined` stands for an object that is gone, or none of our concern. */
export type Changed<D> = (key: string, now: D | undefined, before: D | undefined, cause: Cause) => void

export interface Digests<T, D> extends Sink<T> {
  readonly all: ReadonlyMap<string, D>
  /** Whether a whole list has been seen. */
  synced(): boolean
}

/**
 * `digest` gives undefined for an object that is none of our concern: it is not remembered. `failed` hears of one that cannot
 * be digested: what was known of it stays.
 */
export function createDigests<T extends Named, D>(
  digest: (object: T) => D | undefined,
  changed: Changed<D>,
  failed: ReportFailure
): Digests<T, D> {
  const all = new Map<string, D>()
  const isolation = createIsolation(failed)
  let listed: Set<string> | undefined
  let first = true
  const set = (key: string, now: D | undefined, cause: Cause): void => {
    const before = all.get(key)
    if (now === undefined) all.delete(key)
    else all.set(key, now)
    if (now !== undefined || before !== undefined) changed(key, now, before, cause)
  }
  const remove = (key: string): void => {
    isolation.run(key, 'gone', () => set(key, undefined, 'gone'))
    isolation.forget(key)
  }
  return {
    all,
    synced: () => !first,
    begin: () => void (listed = new Set()),
    put(object) {
      const key = keyOf(object)
      listed?.add(key)
      const { resourceVersion = '' } = object.metadata
      isolation.run(key, resourceVersion, () => set(key, digest(object), first ? 'found' : 'written'))
    },
    end() {
      for (const key of all.keys()) if (!listed?.has(key)) remove(key)
      listed = undefined
      first = false
    },
    drop: (object) => remove(keyOf(object))
  }
}

/** `namespace/name`, as kubectl writes it in its own caches. */
function keyOf({ metadata: { namespace = '', name } }: Named): string {
  return `${namespace}/${name}`
}
