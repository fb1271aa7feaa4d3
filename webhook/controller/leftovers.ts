// Removes temporary objects that killed runs of the plugin left, once they expire. Finds them by label.
import { setTimeout as pause } from 'node:timers/promises'
import { isExpired, TEMPORARY_COLLECTIONS } from '../../mirror/temporary.ts'
import type { Cluster } from '../kubernetes/client.ts'
import { listTemporary, pathOfTemporary, removeTemporary } from './temporary-objects.ts'

export interface LeftoversOptions {
  readonly cluster: Cluster
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

async function removeExpired(collection: string, { cluster, log, signal }: LeftoversOptions): Promise<void> {
  for await (const object of listTemporary(cluster, collection, signal)) {
    if (!isExpired(object.metadata.annotations, new Date())) continue
    const path = pathOfTemporary(collection, object)
    try {
      if (await removeTemporary(cluster, path, object, signal)) log.info({ path }, 'leftover removed')
    } catch (error) {
      if (!signal.aborted) log.warn({ path, err: error }, 'leftover could not be removed; trying again')
    }
  }
}
