// Every VirtualService that the user may list: roots and rivals may be in any namespace. Judges none.
import type { Cluster } from '../client/client.ts'
import { ApiError, MissingRight, unlessRefused } from '../io/errors.ts'
import { collectionPath } from './route-kinds.ts'
import type { StoredVirtualService } from './virtual-services.ts'

export interface Seen {
  readonly objects: readonly StoredVirtualService[]
  /** Why others may be there, too. */
  readonly unread?: string
}

/** Of an object what is to be remembered: many of them may be large. */
export type Digest = (object: StoredVirtualService) => StoredVirtualService | undefined

/** Of the cluster; where that is not allowed, of the namespace. */
export async function listSeen(cluster: Cluster, namespace: string, digest: Digest = withoutRoutes): Promise<Seen> {
  try {
    return { objects: await list(cluster, digest) }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error
    const { message: unread } = new MissingRight('list virtualservices in the cluster', error)
    return { objects: await unlessRefused(list(cluster, digest, namespace), [], 403), unread }
  }
}

async function list(cluster: Cluster, digest: Digest, namespace?: string): Promise<StoredVirtualService[]> {
  const all: StoredVirtualService[] = []
  for await (const { items } of cluster.list<StoredVirtualService>(collectionPath(namespace))) {
    all.push(...items.flatMap((object) => digest(object) ?? []))
  }
  return all
}

/** Its callers and where it delegates; the other rules keep their places. */
function withoutRoutes({ metadata, spec }: StoredVirtualService): StoredVirtualService {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const { hosts, gateways, exportTo, http } = spec ?? {}
  const rules = (http ?? []).map((rule) => (rule.delegate ? rule : {}))
  return {
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { ...(hosts && { hosts }), ...(gateways && { gateways }), ...(exportTo && { exportTo }), http: rules }
  }
}
