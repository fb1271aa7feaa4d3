// Removes everything of ours from the cluster before an uninstall: mirrors and annotations of every VirtualService, and temporary
// objects of the plugin. Makes the edit itself, so it works without a running webhook.
import { PREFIX } from '../../mirror/annotations.ts'
import { giveBackRules, type ManagedFields } from '../../mirror/managed-fields.ts'
import { patchBetween } from '../../mirror/patch.ts'
import { strip } from '../../mirror/strip.ts'
import { expiryOf, TEMPORARY_COLLECTIONS } from '../../mirror/temporary.ts'
import { withAnnotations, type VirtualService } from '../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'
import { FIELD_MANAGER } from '../kubernetes/self-review.ts'
import { listPages } from '../kubernetes/pages.ts'
import { listTemporary, pathOfTemporary, removeTemporary } from './temporary-objects.ts'

const VIRTUAL_SERVICES = '/apis/networking.istio.io/v1'
const ATTEMPTS = 5

export interface CleanedUp {
  /** `namespace/name` of each VirtualService that was changed. */
  readonly cleaned: readonly string[]
  /** Path of each temporary object that was deleted. */
  readonly removed: readonly string[]
  /** Path of each object with our label but no valid expiry: it may belong to someone else. */
  readonly left: readonly string[]
  /** Each object that could not be cleaned or deleted, with the reason. */
  readonly refused: readonly string[]
}

/** A failure with one object does not stop the others. */
export async function cleanUp(cluster: Cluster): Promise<CleanedUp> {
  const done: Done = { cleaned: [], removed: [], left: [], refused: [] }
  await cleanVirtualServices(cluster, done)
  for (const collection of TEMPORARY_COLLECTIONS) await removeRunsObjects(cluster, collection, done)
  return done
}

type Done = { readonly [list in keyof CleanedUp]: string[] }

async function cleanVirtualServices(cluster: Cluster, { cleaned, refused }: Done): Promise<void> {
  const ours: string[] = []
  const source = { path: `${VIRTUAL_SERVICES}/virtualservices`, metadataOnly: true }
  // Listed completely before the first write: a continue token expires within minutes.
  for await (const { items } of listPages<VirtualService>(cluster, source)) {
    for (const { metadata } of items.filter(isOurs)) ours.push(`${metadata.namespace}/${metadata.name}`)
  }
  for (const one of ours) {
    const [namespace, name] = one.split('/')
    const path = `${VIRTUAL_SERVICES}/namespaces/${namespace}/virtualservices/${name}`
    try {
      if (await cleanOne(cluster, path)) cleaned.push(one)
    } catch (error) {
      refused.push(`${one}: ${messageOf(error)}`)
    }
  }
}

/** Also those of runs that are still active: their mirrors end with this. */
async function removeRunsObjects(
  cluster: Cluster,
  collection: string,
  { removed, left, refused }: Done
): Promise<void> {
  try {
    for await (const object of listTemporary(cluster, collection)) {
      const path = pathOfTemporary(collection, object)
      try {
        if (expiryOf(object.metadata.annotations) === undefined) left.push(path)
        else if (await removeTemporary(cluster, path, object)) removed.push(path)
      } catch (error) {
        refused.push(`${path}: ${messageOf(error)}`)
      }
    }
  } catch (error) {
    refused.push(messageOf(error))
  }
}

interface StoredVirtualService extends VirtualService {
  readonly metadata: VirtualService['metadata'] & {
    readonly resourceVersion: string
    readonly managedFields?: readonly ManagedFields[] | null
  }
}

/** Reads it again, as it may have changed since. False if it is gone or already clean. */
async function cleanOne(cluster: Cluster, path: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      const object = (await cluster.send('GET', path)) as StoredVirtualService
      if (!isOurs(object)) return false
      const operations = patchBetween(object, withoutOurs(strip(object)))
      await giveBack(cluster, path, object, await patch(cluster, path, object, operations))
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false
      if (!isConflict(error) || attempt === ATTEMPTS) throw error
    }
  }
}

/** Otherwise the next apply of Helm, Flux or kustomize would conflict with us. */
async function giveBack(
  cluster: Cluster,
  path: string,
  before: StoredVirtualService,
  written: StoredVirtualService
): Promise<void> {
  const owners = before.metadata.managedFields ?? []
  const value = giveBackRules(owners, written.metadata.managedFields ?? [], FIELD_MANAGER)
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
  { metadata }: StoredVirtualService,
  operations: readonly object[]
): Promise<StoredVirtualService> {
  const unchanged = { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion }
  const options = { contentType: 'application/json-patch+json', body: [unchanged, ...operations] }
  return (await cluster.send('PATCH', path, options)) as StoredVirtualService
}

function isOurs({ metadata }: VirtualService): boolean {
  return Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith(PREFIX))
}

function withoutOurs(object: VirtualService): VirtualService {
  const others = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith(PREFIX))
  return withAnnotations(object, Object.fromEntries(others))
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
