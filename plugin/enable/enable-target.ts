// The VirtualService that `enable` is to annotate: one that is stored, or one that --create makes. Tried, then written.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { annotationsOnlyOf } from '../../mirror/managed-fields.ts'
import { withAnnotations, type Annotations } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { draftOfNew, type CreationOptions } from './create-target.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'
import { resolveHost } from '../resources/service-host.ts'
import { ServiceDirectory, type Service } from '../resources/services.ts'
import { findVirtualService, type StoredVirtualService } from '../resources/virtual-services.ts'
import { applyAnnotations } from '../resources/virtual-service-writes.ts'

export interface Draft {
  /** Undefined: it is to be made. */
  readonly stored?: StoredVirtualService
  /** What is said after the success line. */
  readonly consequence?: string
  /** As it would be without asking the server. */
  local(): Drafted
  /** What the server, with all that admits objects there, would store. */
  tryOut(): Promise<Drafted>
  write(): Promise<Drafted>
}

export interface Drafted {
  readonly object: StoredVirtualService
  /** The DestinationRule that is made before it. */
  readonly rule?: Made
}

/** An object that the server has given back. */
export interface Made {
  readonly metadata: { readonly name: string }
}

export interface DraftOptions {
  readonly annotations: Annotations
  readonly fieldManager: string
  readonly force: boolean
}

export async function draftFor(
  cluster: Cluster,
  name: string,
  options: CreationOptions & { readonly create: boolean }
): Promise<Draft> {
  try {
    return draftOfStored(cluster, await findVirtualService(cluster, name), options)
  } catch (error) {
    if (!isNotFound(error) || error.body.details?.kind !== 'virtualservices') throw error
    const finding = findService(cluster, name)
    // Who may not look is told what is not found, and no more.
    const service = await (options.create ? finding : finding.catch(() => undefined))
    if (options.create && service) return draftOfNew(cluster, service, options)
    if (options.create) {
      throw new UserError(`neither a VirtualService nor a Service ${JSON.stringify(name)} is in ${cluster.namespace}`)
    }
    throw service ? withHint(error, service) : error
  }
}

/** Of the run's own namespace, by its name or host. */
async function findService(cluster: Cluster, typed: string): Promise<Service | undefined> {
  const { namespace } = cluster
  const name = resolveHost(typed.replace(/^.*\//, ''), namespace)
  return name?.namespace === namespace ? new ServiceDirectory(cluster).service(name) : undefined
}

function withHint({ status, body, message }: ApiError, { name }: Service): ApiError {
  const hint = `There is a Service ${name}: add --create to make a VirtualService and a DestinationRule for it`
  return new ApiError(status, { ...body, message: `${message}\n${hint}` })
}

function draftOfStored(cluster: Cluster, stored: StoredVirtualService, options: DraftOptions): Draft {
  const { annotations, fieldManager } = options
  const { metadata } = stored
  const ours = annotationsOnlyOf(fieldManager, metadata.managedFields ?? [])
  const dropped = new Set([ANNOTATIONS.injected, ...ours])
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !dropped.has(key))
  const apply = async (dryRun: boolean) => ({
    object: await applyAnnotations(cluster, stored, annotations, { ...options, dryRun })
  })
  return {
    stored,
    local: () => {
      const all = { ...Object.fromEntries(kept), ...annotations }
      return { object: withAnnotations(stored, all) as StoredVirtualService }
    },
    tryOut: () => apply(true),
    write: () => apply(false)
  }
}
