// Finds and removes what runs of the plugin put into the cluster for as long as they live (mirror/temporary.ts). Decides not
// which of it is over.
import { TEMPORARY } from '../../mirror/temporary.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'
import { listPages } from '../kubernetes/pages.ts'

export interface TemporaryObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** Nothing, where the cluster has no such kind. Throws ApiError. */
export async function* listTemporary(
  cluster: Cluster,
  collection: string,
  signal?: AbortSignal
): AsyncGenerator<TemporaryObject> {
  const source = { path: collection, query: { labelSelector: TEMPORARY }, metadataOnly: true }
  try {
    for await (const { items } of listPages<TemporaryObject>(cluster, source, signal)) yield* items
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
  }
}

/** False if it is gone, or was written since it was listed: its run has just put the expiry off. Throws ApiError. */
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
