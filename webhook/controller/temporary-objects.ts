// Finds and removes the plugin's temporary objects (mirror/temporary.ts). Does not decide which have expired.
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

/** Empty if the cluster has no such kind. Throws ApiError. */
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
