// Finds and removes objects of ours by their label: the plugin's temporary ones (mirror/temporary.ts), also those that killed runs
// left, once they expire; and limits.
import type { RuleMetadata } from '../../mirror/mesh-objects.ts'
import { TEMPORARY, isExpired, TEMPORARY_COLLECTIONS } from '../../mirror/temporary.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'
import { listPages } from '../kubernetes/pages.ts'
import { setTimeout as pause } from 'node:timers/promises'

export interface TemporaryObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: NonNullable<RuleMetadata['ownerReferences']>
  }
}

/** Empty if the cluster has no such kind. Throws ApiError. */
export async function* listTemporary(
  cluster: Cluster,
  collection: string,
  signal?: AbortSignal,
  label: string = TEMPORARY
): AsyncGenerator<TemporaryObject> {
  const source = { path: collection, query: { labelSelector: label }, metadataOnly: true }
  try {
    for await (const { items } of listPages<TemporaryObject>(cluster, source, signal)) yield* items
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
  }
}

/** False if it is gone, or has changed since it was listed: its run has extended the expiry. Throws ApiError. */
export async function removeTemporary(
  cluster: Cluster,
  path: string,
  { metadata: { uid, resourceVersion } }: TemporaryObject,
  signal?: AbortSignal
): Promise<boolean> {
  try {
    await cluster.send('DELETE', path, { body: { preconditions: { uid, resourceVersion } }, ...(signal && { signal }) })
    return true
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return false
    throw error
  }
}

export function pathOfTemporary(collection: string, { metadata: { namespace, name } }: TemporaryObject): string {
  return `${collection.replace(/\/(?=[^/]+$)/, `/namespaces/${namespace}/`)}/${name}`
}

interface LeftoversOptions {
  readonly cluster: Cluster
  readonly now: () => Date
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly signal: AbortSignal
  readonly everyMs?: number
}

const EVERY_MS = 60_000

/** Runs until the signal. A run of the plugin extends its expiry while it is active. */
export async function removeLeftovers(options: LeftoversOptions): Promise<void> {
  const { log, signal, everyMs = EVERY_MS } = options
  while (!signal.aborted) {
    for (const collection of TEMPORARY_COLLECTIONS) {
      try {
        await removeExpired(collection, options)
      } catch (error) {
        if (!signal.aborted) log.warn({ collection, err: error }, 'leftovers could not be listed; trying again')
      }
    }
    await pause(everyMs, undefined, { signal }).catch(() => {})
  }
}

async function removeExpired(collection: string, { cluster, now, log, signal }: LeftoversOptions): Promise<void> {
  for await (const object of listTemporary(cluster, collection, signal)) {
    if (!isExpired(object.metadata.annotations, now())) continue
    const path = pathOfTemporary(collection, object)
    try {
      if (await removeTemporary(cluster, path, object, signal)) log.info({ path }, 'leftover removed')
    } catch (error) {
      if (!signal.aborted) log.warn({ path, err: error }, 'leftover could not be removed; trying again')
    }
  }
}
