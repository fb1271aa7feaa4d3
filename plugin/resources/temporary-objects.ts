// Objects that live only as long as a run: created, kept alive, removed at its end. Knows no spec.
// How they are marked is in mirror/temporary.ts; the webhook's controller removes them too, after their expiry.
import { EXPIRES, isExpired, TEMPORARY } from '../../mirror/temporary.ts'
import type { Cluster, RequestOptions } from '../client/client.ts'
import { isNotFound, isRefusal, unlessRefused, UserError } from '../io/errors.ts'

export interface TemporaryKind {
  /** `networking.istio.io/v1alpha3` */
  readonly apiVersion: string
  readonly kind: string
  /** `envoyfilters`, as in the API's paths. */
  readonly plural: string
  /** As `kubectl delete` finds it whatever else the cluster has. */
  readonly resource: string
  /** The value of the label. */
  readonly purpose: string
}

export interface NewObject {
  readonly namespace: string
  readonly name: string
  readonly spec: object
}

export interface TemporaryObjects {
  /** Rejects if one of them no longer exists. */
  renew(expires: Date): Promise<void>
  /** Never rejects; returns what it could not remove, as `kubectl delete` takes it. */
  remove(): Promise<string[]>
}

/** If one cannot be created, removes the others. Hides the API server's warnings: a user cannot act on them. */
export async function createTemporary(
  cluster: Cluster,
  kind: TemporaryKind,
  objects: readonly NewObject[],
  expires: Date
): Promise<TemporaryObjects> {
  const created: NewObject[] = []
  const temporary: TemporaryObjects = {
    renew: async (at) => {
      const options = {
        body: { metadata: { annotations: { [EXPIRES]: at.toISOString() } } },
        contentType: 'application/merge-patch+json',
        quiet: true
      }
      await Promise.all(created.map((object) => cluster.request('PATCH', pathOf(kind, object), options)))
    },
    remove: async () => {
      const removed = await Promise.all(
        created.map((object) =>
          removePersistently((attempt) => cluster.request('DELETE', pathOf(kind, object), attempt))
        )
      )
      const left = created.filter((_, index) => !removed[index])
      return left.map(({ namespace, name }) => `${kind.resource}/${name} -n ${namespace}`)
    }
  }
  try {
    for (const object of objects) {
      // Recorded before the request: it may succeed even if the response is lost.
      created.push(object)
      await cluster.request('POST', collectionPath(kind, object.namespace), {
        body: manifest(kind, object, expires),
        quiet: true
      })
    }
  } catch (error) {
    if (isRefusal(error)) created.pop()
    const left = await temporary.remove()
    if (left.length === 0) throw error
    throw new UserError([(error as Error).message, ...left.map((name) => describeLeftover(cluster, name))], {
      cause: error
    })
  }
  return temporary
}

/** Removes what killed runs left behind. */
export async function removeExpired(cluster: Cluster, kind: TemporaryKind, namespace: string, now: Date) {
  const query = { labelSelector: `${TEMPORARY}=${kind.purpose}` }
  for await (const { items } of cluster.list<Listed>(collectionPath(kind, namespace), { query })) {
    const expired = items.filter(({ metadata }) => isExpired(metadata.annotations, now))
    await Promise.all(expired.map(async ({ metadata }) => removeUnchanged(cluster, pathOf(kind, metadata), metadata)))
  }
}

interface Listed {
  readonly metadata: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** Not if it was written since it was listed: its run has renewed it. */
async function removeUnchanged(cluster: Cluster, path: string, { uid, resourceVersion }: Listed['metadata']) {
  await unlessRefused(
    cluster.request('DELETE', path, { body: { preconditions: { uid, resourceVersion } } }),
    undefined,
    404,
    409
  )
}

export function collectionPath({ apiVersion, plural }: TemporaryKind, namespace: string): string {
  return `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

function pathOf(kind: TemporaryKind, { namespace, name }: Pick<NewObject, 'namespace' | 'name'>): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
}

function manifest({ apiVersion, kind, purpose }: TemporaryKind, { name, spec }: NewObject, expires: Date): object {
  const annotations = { [EXPIRES]: expires.toISOString() }
  return { apiVersion, kind, metadata: { name, labels: { [TEMPORARY]: purpose }, annotations }, spec }
}

const REMOVE_WITHIN = 20_000
const RETRY_EVERY = 1000
/** An idle connection may have died without an end, as in a suspended laptop; the next try takes another. */
const PATIENCE = 6000

/** For the requests of one try. */
export type Attempt = Required<Pick<RequestOptions, 'signal' | 'patience'>>

/**
 * Retries until it succeeds or the object no longer exists; false after 20 s. It needs a signal of its own: after Ctrl-C
 * the run's is aborted.
 */
export async function removePersistently(remove: (attempt: Attempt) => Promise<unknown>): Promise<boolean> {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), REMOVE_WITHIN)
  try {
    while (!over.signal.aborted) {
      try {
        await remove({ signal: over.signal, patience: PATIENCE })
        return true
      } catch (error) {
        if (isNotFound(error)) return true
        await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY))
      }
    }
    return false
  } finally {
    clearTimeout(timer)
  }
}

const SILENT_FOR = 1500

/** Says what it waits for: a second Ctrl-C would end the program. */
export async function announceRemoval<T>(what: string, say: (text: string) => void, removal: Promise<T>): Promise<T> {
  const timer = setTimeout(
    () => say(`Removing ${what} from the cluster; press Ctrl-C again to quit without finishing`),
    SILENT_FOR
  )
  try {
    return await removal
  } finally {
    clearTimeout(timer)
  }
}

/** `name`: as `remove` returns it. */
export function describeLeftover({ command }: Cluster, name: string): string {
  return `${name} could not be removed; remove it with ${command(`delete ${name}`)}`
}
