// Remembers a digest of each object of a watched collection, and reports changes. Knows no kind.
import { createIsolation, type ReportFailure } from './isolation.ts'
import type { Sink } from './watch.ts'

export interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
}

/** `found` by the first list, which is no change yet; `written`; or `gone`. */
export type Cause = 'found' | 'written' | 'gone'

/** Called after the change. `undefined`: the object is gone, or does not concern us. */
export type Changed<D> = (key: string, now: D | undefined, before: D | undefined, cause: Cause) => void

export interface Digests<T, D> extends Sink<T> {
  readonly all: ReadonlyMap<string, D>
  /** Whether the first list is complete. */
  synced(): boolean
}

/**
 * `digest` returns undefined for an object that does not concern us; it is not remembered. `failed` is called for one that cannot
 * be read; its last digest stays.
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

/** `namespace/name`, as client-go writes it. */
function keyOf({ metadata: { namespace = '', name } }: Named): string {
  return `${namespace}/${name}`
}
