// Removes everything of ours from the cluster before an uninstall: mirrors and annotations of every route, their limits, and temporary
// objects of the plugin. Makes the edit itself, so it works without a running webhook.
import { PREFIX } from '../../mirror/annotations.ts'
import { LIMIT_LABEL, limitOwnerOf } from '../../mirror/mesh-objects.ts'
import { giveBackRules, type ManagedFields } from '../../mirror/managed-fields.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { patchBetween } from '../../mirror/patch.ts'
import { strip } from '../../mirror/strip.ts'
import { expiryOf, TEMPORARY, TEMPORARY_COLLECTIONS } from '../../mirror/temporary.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'
import { withAnnotations } from '../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'
import { FIELD_MANAGER } from '../kubernetes/self-review.ts'
import { listPages } from '../kubernetes/pages.ts'
import { HTTP_ROUTES, pathIn, sourceOf, VIRTUAL_SERVICES, type Collection } from './collections.ts'
import type { PartialObject } from './mirror-digest.ts'
import { listTemporary, pathOfTemporary, removeTemporary, type TemporaryObject } from './temporary-objects.ts'

const DESTINATION_RULES = '/apis/networking.istio.io/v1/destinationrules'
const ATTEMPTS = 5

export interface CleanedUp {
  /** Each route that was changed: `namespace/name` of a VirtualService, `HTTPRoute namespace/name`. */
  readonly cleaned: readonly string[]
  /** Path of each limit and temporary object that was deleted. */
  readonly removed: readonly string[]
  /** Path of each object with our label but no valid expiry or owner: it may belong to someone else. */
  readonly left: readonly string[]
  /** Each object that could not be cleaned or deleted, with the reason. */
  readonly refused: readonly string[]
}

/** A failure with one object does not stop the others. */
export async function cleanUp(cluster: Cluster): Promise<CleanedUp> {
  const done: Done = { cleaned: [], removed: [], left: [], refused: [] }
  for (const collection of [VIRTUAL_SERVICES, HTTP_ROUTES]) await cleanRoutes(cluster, collection, done)
  const isLimit: Labelled['isOurs'] = ({ metadata }) => limitOwnerOf(metadata) !== undefined
  await removeLabelled(cluster, { collection: DESTINATION_RULES, label: LIMIT_LABEL, isOurs: isLimit }, done)
  // Also those of runs that are still active: their mirrors end with this.
  const isTemporary: Labelled['isOurs'] = ({ metadata }) => expiryOf(metadata.annotations) !== undefined
  for (const collection of TEMPORARY_COLLECTIONS)
    await removeLabelled(cluster, { collection, label: TEMPORARY, isOurs: isTemporary }, done)
  return done
}

type Done = { readonly [list in keyof CleanedUp]: string[] }

async function cleanRoutes(cluster: Cluster, collection: Collection, { cleaned, refused }: Done): Promise<void> {
  const ours: PartialObject['metadata'][] = []
  // Listed completely before the first write: a continue token expires within minutes.
  try {
    for await (const { items } of listPages<PartialObject>(cluster, sourceOf(collection))) {
      ours.push(...items.filter(isOurs).map(({ metadata }) => metadata))
    }
  } catch (error) {
    if (isAbsent(error)) return // the kind is not installed
    throw error
  }
  for (const { namespace, name } of ours) {
    const path = pathIn(collection, namespace, name)
    const one = `${collection.kind === 'HTTPRoute' ? 'HTTPRoute ' : ''}${namespace}/${name}`
    try {
      if (await cleanOne(cluster, path)) cleaned.push(one)
    } catch (error) {
      refused.push(`${one}: ${messageOf(error)}`)
    }
  }
}

interface Labelled {
  readonly collection: string
  readonly label: string
  readonly isOurs: (object: TemporaryObject) => boolean
}

async function removeLabelled(
  cluster: Cluster,
  { collection, label, isOurs: isRemovable }: Labelled,
  { removed, left, refused }: Done
): Promise<void> {
  try {
    for await (const object of listTemporary(cluster, collection, undefined, label)) {
      const path = pathOfTemporary(collection, object)
      try {
        if (!isRemovable(object)) left.push(path)
        else if (await removeTemporary(cluster, path, object)) removed.push(path)
      } catch (error) {
        refused.push(`${path}: ${messageOf(error)}`)
      }
    }
  } catch (error) {
    refused.push(messageOf(error))
  }
}

interface StoredRoute extends RouteObject {
  readonly metadata: RouteObject['metadata'] & {
    readonly resourceVersion: string
    readonly managedFields?: readonly ManagedFields[] | null
  }
}

/** Reads it again, as it may have changed since. False if it is gone or already clean. */
async function cleanOne(cluster: Cluster, path: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      const object = (await cluster.send('GET', path)) as StoredRoute
      if (!isOurs(object)) return false
      const operations = patchBetween(object, withoutOurs(strip(object)))
      await giveBack(cluster, path, object, await patch(cluster, path, object, operations))
      return true
    } catch (error) {
      if (isAbsent(error)) return false
      if (!isConflict(error) || attempt === ATTEMPTS) throw error
    }
  }
}

/** Otherwise the next apply of Helm, Flux or kustomize would conflict with us. */
async function giveBack(cluster: Cluster, path: string, before: StoredRoute, written: StoredRoute): Promise<void> {
  const owners = before.metadata.managedFields ?? []
  const value = giveBackRules(owners, written.metadata.managedFields ?? [], FIELD_MANAGER, kindOf(before).rulesAt)
  try {
    await patch(cluster, path, written, [{ op: 'replace', path: '/metadata/managedFields', value }])
  } catch (error) {
    // Another write came first. The edit stands, and that writer owns its fields.
    if (!isConflict(error)) throw error
  }
}

async function patch(
  cluster: Cluster,
  path: string,
  { metadata }: StoredRoute,
  operations: readonly object[]
): Promise<StoredRoute> {
  const unchanged = { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion }
  const options = { contentType: 'application/json-patch+json', body: [unchanged, ...operations] }
  return (await cluster.send('PATCH', path, options)) as StoredRoute
}

function isOurs({ metadata }: Pick<RouteObject, 'metadata'>): boolean {
  return Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith(PREFIX))
}

function withoutOurs(object: StoredRoute): StoredRoute {
  const others = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith(PREFIX))
  return withAnnotations(object, Object.fromEntries(others))
}

function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
