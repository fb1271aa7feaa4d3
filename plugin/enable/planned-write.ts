// What `enable` is about to write: planned, tried by a dry run, then sent. Annotates a route that is stored.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { annotationsOnlyOf } from '../../mirror/managed-fields.ts'
import { withAnnotations, type Annotations } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import type { Needed } from './create-plan.ts'
import { applyAnnotations } from '../resources/virtual-service-writes.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'

export interface PlannedWrite {
  /** Undefined: it does not exist yet. */
  readonly stored?: StoredVirtualService
  /** Printed after the success line. */
  readonly consequence?: string
  /** The result as computed here, without asking the server. */
  local(): Written
  /** What the server would store, after admission. */
  dryRun(): Promise<Written>
  write(): Promise<Written>
}

export interface Written {
  readonly object: StoredVirtualService
  /** Created before it. */
  readonly needed?: readonly Needed[]
}

export interface WriteOptions {
  readonly annotations: Annotations
  readonly fieldManager: string
  readonly force: boolean
}

export function planAnnotating(cluster: Cluster, stored: StoredVirtualService, options: WriteOptions): PlannedWrite {
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
      return { object: withAnnotations(stored, all) }
    },
    dryRun: () => apply(true),
    write: () => apply(false)
  }
}
