// Deletes what `enable --create` created, and nothing else.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, RequestOptions } from '../client/client.ts'
import { CREATED_LABEL, subjectOfNeeded, type Needed } from './create-plan.ts'
import { isNotFound, unlessRefused } from '../io/errors.ts'
import type { DryRun } from '../io/kubectl-flags.ts'
import {
  destinationRulesPath,
  isRoute,
  objectPath,
  subjectOf,
  type StoredVirtualService
} from '../resources/virtual-services.ts'

export function isCreated({ metadata }: Labelled): boolean {
  return metadata.labels?.[CREATED_LABEL] === 'true'
}

/** The collection of it. */
export function neededPath({ kind, metadata: { namespace } }: Needed): string {
  return kind === 'Service' ? servicesPath(namespace) : destinationRulesPath(namespace)
}

function servicesPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`
}

/** One that is not there is removed. */
export async function removeNeeded(cluster: Cluster, needed: Needed, options: RequestOptions): Promise<void> {
  const path = `${neededPath(needed)}/${encodeURIComponent(needed.metadata.name)}`
  await unlessRefused(cluster.request('DELETE', path, options), undefined, 404)
}

/**
 * Deletes the route first, and what its rules use only when the proxies have had time to learn of that: else live requests would fail.
 * Calls `onDeleted` after each deletion.
 */
export async function removeCreated(
  cluster: Cluster,
  object: StoredVirtualService,
  dryRun: DryRun,
  onDeleted: (subject: string, deleted: Labelled) => void
): Promise<void> {
  const query = dryRun === 'server' ? { dryRun: 'All' } : {}
  const needed = await findNeeded(cluster, object)
  if (dryRun !== 'client') await cluster.request('DELETE', objectPath(object), { query })
  onDeleted(subjectOf(object), object)
  if (dryRun === 'none' && needed.length > 0) await sleep(SETTLE_MS)
  for (const one of needed) {
    // Not the run's own signal: half of it would be left after Ctrl-C.
    if (dryRun !== 'client') await removeNeeded(cluster, one, { query, signal: AbortSignal.timeout(10_000) })
    onDeleted(subjectOfNeeded(one), one)
  }
}

async function findNeeded(cluster: Cluster, object: StoredVirtualService): Promise<Needed[]> {
  const { name, namespace } = object.metadata
  if (isRoute(object)) {
    const query = { labelSelector: `${CREATED_LABEL}=${name}` }
    const pages = await Array.fromAsync(cluster.list<Needed>(servicesPath(namespace), { query }))
    return pages.flatMap(({ items }) => items)
  }
  const path = `${destinationRulesPath(namespace)}/${encodeURIComponent(name)}`
  const found = await cluster.request<Needed>('GET', path).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })
  return found && isCreated(found) ? [found] : []
}

/** Proxies learn of a change within a second or two. */
const SETTLE_MS = 3000

export interface Labelled {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
}
