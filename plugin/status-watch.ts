// `status -w`: a row whenever a status changes, as `kubectl get -w` has it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { ApiError } from './errors.ts'
import type { Io } from './io.ts'
import type { Judge } from './judge.ts'
import type { MirrorStatus } from './state.ts'
import type { StatusPrinter } from './status-printer.ts'
import { collectionPath, type StoredVirtualService } from './virtual-services.ts'

export interface Following {
  readonly names: readonly string[]
  readonly namespace: string | undefined
  readonly flags: { readonly selector?: string }
  readonly judge: Judge
  readonly printer: StatusPrinter
  readonly io: Io
}

/** Until Ctrl-C. The server ends a watch now and then: it is begun again. */
export async function followStatuses(
  cluster: Cluster,
  { names, namespace, flags, judge, printer, io }: Following,
  found: { readonly statuses: readonly MirrorStatus[]; readonly resourceVersion: string }
): Promise<void> {
  const known = new Map(found.statuses.map((status) => [keyOf(status), status]))
  // However they were typed: what has been found is what is followed.
  const followed = names.length > 0 ? new Set(known.keys()) : undefined
  let { resourceVersion } = found
  while (!io.signal.aborted) {
    try {
      const query = { labelSelector: flags.selector, resourceVersion: resourceVersion || undefined }
      for await (const { type, object } of cluster.watch<StoredVirtualService>(collectionPath(namespace), { query })) {
        resourceVersion = object.metadata.resourceVersion
        const key = keyOf(object.metadata)
        if (type === 'BOOKMARK' || followed?.has(key) === false) continue
        judge.forget()
        const status = type === 'DELETED' ? undefined : await judge.status(object)
        const change = changeOf(known.get(key), status)
        if (change) await printer.print([change], true)
        if (status) known.set(key, status)
        else known.delete(key)
      }
      await sleep(PAUSE, undefined, { signal: io.signal })
    } catch (error) {
      if (io.signal.aborted) return
      if (!(error instanceof ApiError && error.status === 410)) throw error
      resourceVersion = ''
    }
  }
}

const PAUSE = 500

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`
}

function changeOf(before: MirrorStatus | undefined, now: MirrorStatus | undefined): MirrorStatus | undefined {
  if (now) return JSON.stringify(now) === JSON.stringify(before) ? undefined : now
  return before && { ...before, state: 'Ended', rules: { ...before.rules, mirrored: 0 } }
}
