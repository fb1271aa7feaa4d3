// Deletes what `enable --create` created, and nothing else.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, RequestOptions } from '../client/client.ts'
import { CREATED_LABEL, subjectOfNeeded, type Needed } from './create-plan.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'
import type { DryRun } from '../io/kubectl-flags.ts'
import { describeLeftover, removePersistently } from '../resources/temporary-objects.ts'
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

export function pathOf(needed: Needed): string {
  return `${neededPath(needed)}/${encodeURIComponent(needed.metadata.name)}`
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
  const subject = subjectOf(object)
  if (dryRun !== 'client') await removeForSure(cluster, subject, object, objectPath(object), query)
  onDeleted(subject, object)
  if (dryRun === 'none' && needed.length > 0) await sleep(SETTLE_MS)
  for (const one of needed) {
    const subjectOfOne = subjectOfNeeded(one)
    if (dryRun !== 'client') await removeForSure(cluster, subjectOfOne, one, pathOf(one), query)
    onDeleted(subjectOfOne, one)
  }
}

/** Not there, which is what was asked for, and too many requests. */
const PASSING: ReadonlySet<number> = new Set([404, 429])

/** Over Ctrl-C and an outage: half of it would be left, and no `disable` would find it. */
async function removeForSure(
  cluster: Cluster,
  subject: string,
  { metadata: { namespace } }: Pick<StoredVirtualService, 'metadata'> | Needed,
  path: string,
  query: RequestOptions['query']
): Promise<void> {
  let refusal: ApiError | undefined
  const isGone = await removePersistently((attempt) =>
    cluster.request('DELETE', path, { ...attempt, ...(query && { query }) }).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status >= 500 || PASSING.has(error.status)) throw error
      refusal = error
    })
  )
  if (refusal) throw refusal
  if (!isGone) throw new UserError(describeLeftover(cluster, `${subject} -n ${namespace}`))
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
