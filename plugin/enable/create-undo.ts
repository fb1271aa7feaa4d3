// Deletes what `enable --create` created, and nothing else.
import type { Cluster } from '../client/client.ts'
import { CREATED_LABEL } from './create-plan.ts'
import { isNotFound } from '../io/errors.ts'
import type { DryRun } from '../io/kubectl-flags.ts'
import {
  DESTINATION_RULE,
  destinationRulesPath,
  KIND,
  objectPath,
  type StoredVirtualService
} from '../resources/virtual-services.ts'

export function isCreated({ metadata }: Labelled): boolean {
  return metadata.labels?.[CREATED_LABEL] === 'true'
}

/** Deletes the VirtualService first: its rules must not outlive the subsets they use. Calls `onDeleted` after each deletion. */
export async function removeCreated(
  cluster: Cluster,
  object: StoredVirtualService,
  dryRun: DryRun,
  onDeleted: (kind: string, deleted: Labelled) => void
): Promise<void> {
  const { name, namespace } = object.metadata
  const query = dryRun === 'server' ? { dryRun: 'All' } : {}
  if (dryRun !== 'client') await cluster.request('DELETE', objectPath(object), { query })
  onDeleted(KIND, object)
  const rule = `${destinationRulesPath(namespace)}/${encodeURIComponent(name)}`
  const found = await cluster.request<Labelled>('GET', rule).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })
  if (!found || !isCreated(found)) return
  if (dryRun !== 'client') await cluster.request('DELETE', rule, { query })
  onDeleted(DESTINATION_RULE, found)
}

export interface Labelled {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
}
