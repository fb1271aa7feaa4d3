// Takes away what killed runs of the plugin left in the cluster, after its expiry. Knows none of it but by its label.
import { setTimeout as pause } from 'node:timers/promises'
import { isExpired, TEMPORARY, TEMPORARY_COLLECTIONS } from '../mirror/temporary.ts'
import { ApiError, type Cluster } from './cluster.ts'

export interface LeftoversOptions {
  readonly cluster: Cluster
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly signal: AbortSignal
  readonly everyMs?: number
}

const EVERY_MS = 60_000

/** Until the signal. A run of the plugin puts its expiry off as long as it lives. */
export async function removeLeftovers({ cluster, log, signal, everyMs = EVERY_MS }: LeftoversOptions): Promise<void> {
  while (!signal.aborted) {
    for (const collection of TEMPORARY_COLLECTIONS) {
      try {
        await removeExpired(collection, { cluster, log, signal })
      } catch (error) {
        if (!signal.aborted) log.warn({ collection, err: error }, 'leftovers could not be listed; trying again')
      }
    }
    await pause(everyMs, undefined, { signal }).catch(() => {})
  }
}

interface Leftover {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
  }
}

async function removeExpired(collection: string, { cluster, log, signal }: LeftoversOptions): Promise<void> {
  for (const { metadata } of await list(cluster, collection, signal)) {
    if (!isExpired(metadata.annotations, new Date())) continue
    const { name, namespace, uid, resourceVersion } = metadata
    const path = `${collection.replace(/\/(?=[^/]+$)/, `/namespaces/${namespace}/`)}/${name}`
    try {
      // Not if its run has just put the expiry off.
      const body = { preconditions: { uid, resourceVersion } }
      await cluster.send('DELETE', path, { body, signal })
      log.info({ path }, 'leftover removed')
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && (error.status === 404 || error.status === 409))) continue
      log.warn({ path, err: error }, 'leftover could not be removed; trying again')
    }
  }
}

/** Nothing, where the cluster has no such kind. */
async function list(cluster: Cluster, collection: string, signal: AbortSignal): Promise<readonly Leftover[]> {
  try {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    const found = await cluster.send('GET', `${collection}?labelSelector=${TEMPORARY}`, { accept, signal })
    return (found as { items: readonly Leftover[] }).items // what the accept header asks for
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
}
