// The ways in which the plugin writes to a VirtualService, and what each leaves in its field managers.
import { ANNOTATIONS, PREFIX } from '../../mirror/annotations.ts'
import { asApplied, giveBackRules } from '../../mirror/managed-fields.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { patchBetween } from '../../mirror/patch.ts'
import type { Annotations, VirtualService } from '../../mirror/virtual-service.ts'
import type { Cluster, RequestOptions } from '../client/client.ts'
import { ApiError, UserError } from '../io/errors.ts'
import { objectPath, type StoredVirtualService } from './virtual-services.ts'

export interface WriteOptions extends Pick<RequestOptions, 'signal' | 'patience'> {
  readonly dryRun: boolean
  readonly fieldManager: string
}

/**
 * Server-side apply of our annotations alone. What admission then changes in the rules belongs to no field manager, so
 * the owner of `spec.http` can still apply it without a conflict. The uid keeps a deleted object from being made anew.
 */
export async function applyAnnotations(
  cluster: Cluster,
  object: StoredVirtualService,
  annotations: Annotations,
  { dryRun, fieldManager, force }: WriteOptions & { readonly force: boolean }
): Promise<StoredVirtualService> {
  const { apiVersion, kind, metadata } = object
  const { name, namespace, uid } = metadata
  try {
    return await cluster.request('PATCH', objectPath(object), {
      query: { fieldManager, force, ...(dryRun && { dryRun: 'All' }) },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion, kind, metadata: { name, namespace, uid, annotations } }
    })
  } catch (error) {
    throw isConflict(error) ? conflictError(error) : error
  }
}

/** By merge patch: an apply that drops the keys would drop the record `injected` with them. */
export async function removeAnnotations(
  cluster: Cluster,
  object: StoredVirtualService,
  { dryRun, fieldManager }: WriteOptions
): Promise<StoredVirtualService> {
  const { annotations, resourceVersion } = object.metadata
  const gone = Object.keys(annotations ?? {}).filter((key) => key.startsWith(PREFIX))
  return cluster.request('PATCH', objectPath(object), {
    query: { fieldManager, ...(dryRun && { dryRun: 'All' }) },
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion, annotations: Object.fromEntries(gone.map((key) => [key, null])) } }
  })
}

/**
 * The edit itself, where there is no webhook: by JSON patch, and only if the object did not change in between. The rules
 * are then given back to their former owners, or the next apply of Helm, Flux or kustomize would be refused.
 */
export async function writeEdit(
  cluster: Cluster,
  object: StoredVirtualService,
  result: VirtualService,
  options: WriteOptions
): Promise<StoredVirtualService> {
  const written = await patch(cluster, object, patchBetween(object, result), options)
  const before = object.metadata.managedFields ?? []
  const value = giveBackRules(
    before,
    written.metadata.managedFields ?? [],
    options.fieldManager,
    kindOf(object).rulesAt
  )
  if (options.dryRun) return written
  try {
    return await patch(cluster, written, [{ op: 'replace', path: '/metadata/managedFields', value }], options)
  } catch (error) {
    // The object changed in between: the edit stays, and its field managers are already new.
    if (isConflict(error)) return written
    throw error
  }
}

/** What was just created with these annotations, as if `applyAnnotations` had written them: the next one removes what it lacks. */
export async function asIfApplied(
  cluster: Cluster,
  created: StoredVirtualService,
  annotations: Annotations,
  fieldManager: string
): Promise<StoredVirtualService> {
  const value = asApplied(created.metadata.managedFields ?? [], fieldManager, Object.keys(annotations))
  const operation = { op: 'replace', path: '/metadata/managedFields', value }
  // The object is created, even if this fails.
  return patch(cluster, created, [operation], { dryRun: false, fieldManager }).catch(() => created)
}

function patch(
  cluster: Cluster,
  object: StoredVirtualService,
  operations: readonly object[],
  { dryRun, fieldManager, ...attempt }: WriteOptions
): Promise<StoredVirtualService> {
  const unchanged = { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion }
  return cluster.request('PATCH', objectPath(object), {
    query: { fieldManager, ...(dryRun && { dryRun: 'All' }) },
    contentType: 'application/json-patch+json',
    body: [unchanged, ...operations],
    ...attempt
  })
}

export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409
}

/** `conflict with "kustomize-controller" using networking.istio.io/v1`, one for each field. */
function conflictError(error: ApiError): ApiError | UserError {
  const causes = (error.body.details?.causes ?? []).filter(({ reason }) => reason === 'FieldManagerConflict')
  if (causes.length === 0) return error
  const lines = causes.map(({ message = '', field = '' }) => {
    const manager = /conflict with "([^"]*)"/.exec(message)?.[1] ?? 'another manager'
    const key = Object.values(ANNOTATIONS).find((one) => field.includes(one)) ?? field
    const remedy = manager.startsWith('kubectl')
      ? 'use --force-conflicts to take it over'
      : 'change it there (in Git, if it comes from Git), or use --force-conflicts to take it over'
    return `${key} is managed by ${manager}: ${remedy}`
  })
  return new UserError(lines, { cause: error })
}
