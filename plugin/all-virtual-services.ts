// Every VirtualService that the user may list: roots and rivals may be in any namespace. Judges none.
import type { Cluster } from './cluster.ts'
import { ApiError, MissingRight } from './errors.ts'
import { collectionPath, type StoredVirtualService } from './virtual-services.ts'

export interface Seen {
  readonly objects: readonly StoredVirtualService[]
  /** Why others may be there, too. */
  readonly unread?: string
}

/** Of the cluster; where that is not allowed, of the namespace. */
export async function listSeen(cluster: Cluster, namespace: string): Promise<Seen> {
  try {
    return { objects: await list(cluster) }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error
    const { message: unread } = new MissingRight('list virtualservices in the cluster', error)
    return { objects: await list(cluster, namespace).catch(noneIfForbidden), unread }
  }
}

async function list(cluster: Cluster, namespace?: string): Promise<StoredVirtualService[]> {
  const all: StoredVirtualService[] = []
  for await (const { items } of cluster.list<StoredVirtualService>(collectionPath(namespace))) {
    for (const item of items) all.push(item)
  }
  return all
}

function noneIfForbidden(error: unknown): StoredVirtualService[] {
  if (error instanceof ApiError && error.status === 403) return []
  throw error
}
