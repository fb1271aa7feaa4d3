// A baseline for the length of a run: the live version also gets a copy of each mirrored request. Made by annotation, so
// that admission ends it when it expires, even if this run is killed.
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import { placeOf } from '../../../mirror/host.ts'
import { kindOf } from '../../../mirror/kind-of.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import type { Cluster } from '../../client/client.ts'
import { isRefusal, UserError, type ApiError } from '../../io/errors.ts'
import { isRoute, objectPath, typedName, type StoredVirtualService } from '../../resources/virtual-services.ts'
import { findVersions, haveSamePods, type Version } from '../../resources/versions.ts'
import { isConflict, writeEdit } from '../../resources/virtual-service-writes.ts'
import { leaseFrom } from './envoy-filter.ts'
import { FIELD_MANAGER } from '../../io/kubectl-flags.ts'
import { removePersistently, type Attempt } from '../../resources/temporary-objects.ts'

export interface Baseline {
  /** `direct`: no webhook made the edit, so none will end it at its expiry. */
  add(now: Date): Promise<'byWebhook' | 'direct'>
  renew(expires: Date): Promise<void>
  /** Call it even if `add` failed. Never rejects; false: it could not be removed. */
  remove(): Promise<boolean>
}

/** Changes nothing yet. Undefined: the object, mirrored by hand, copies to its live version anyway. */
export async function planBaseline(
  cluster: Cluster,
  found: Pick<StoredVirtualService, 'apiVersion' | 'kind' | 'metadata'>,
  now: Date
): Promise<Baseline | undefined> {
  const { metadata } = found
  // Read again: since this run began, another one may have added a baseline.
  const object = await cluster.request<StoredVirtualService>('GET', objectPath(found))
  const { annotations, resourceVersion } = object.metadata
  if (annotations?.[ANNOTATIONS.to] === undefined) {
    const versions = await findVersions(cluster, object)
    if (isOwnMirror(versions)) return undefined
    const targets = versions
      .filter(({ role }) => role === 'mirror')
      .map(
        ({ destination }) =>
          ` --to ${kindOf(object).format({ host: destination.host, ...(destination.subset && { subset: destination.subset }) }, placeOf(object))}`
      )
    throw new UserError(
      `--baseline: ${metadata.name} has no annotation ${ANNOTATIONS.to}, so its mirror cannot be extended; ` +
        `make the mirror with ${cluster.command(`mirror enable ${typedName(object)}${targets.join('')} -n ${metadata.namespace}`)}, or add the live version to its mirrors by hand`
    )
  }
  refuseOthers(cluster, object, now)
  const { problems } = edit(withBaseline(object, leaseFrom(now)), now, object)
  if (problems.length > 0) throw new UserError(problems.map(formatProblem))
  let mayBeThere = false
  return {
    add: async (at) => {
      mayBeThere = true
      const written = await mark(cluster, object, leaseFrom(at), { resourceVersion }).catch((error: unknown) => {
        // Only a refusal is certain: the write may have succeeded even if the response is lost.
        if (isRefusal(error)) mayBeThere = false
        throw isConflict(error) ? changedMeanwhile(object, error) : error
      })
      return completeEdit(cluster, written)
    },
    renew: async (expires) => {
      await completeEdit(cluster, await mark(cluster, object, expires))
    },
    remove: async () => !mayBeThere || removeBaseline(cluster, object)
  }
}

/** The run that ends first would remove it from under the other. */
function refuseOthers({ command }: Cluster, object: StoredVirtualService, now: Date): void {
  const { metadata } = object
  const until = metadata.annotations?.[ANNOTATIONS.baseline]
  if (until === undefined || !(Date.parse(until) > now.getTime())) return
  throw new UserError(
    `--baseline: ${metadata.name} has the baseline of another run until ${until}; wait for that run to end. If it was ` +
      `killed, remove its baseline with ${command(`annotate ${typedName(object)} -n ${metadata.namespace} ${ANNOTATIONS.baseline}-`)}`
  )
}

function changedMeanwhile({ metadata }: StoredVirtualService, cause: ApiError): UserError {
  return new UserError(`--baseline: ${metadata.name} was changed at the same moment, so nothing was done; try again`, {
    cause
  })
}

/** A version that also gets copies of its own live requests. */
function isOwnMirror(versions: readonly Version[]): boolean {
  const [live, mirrors] = (['live', 'mirror'] as const).map((wanted) => versions.filter(({ role }) => role === wanted))
  return live!.some((one) => mirrors!.some((mirror) => haveSamePods(one, mirror)))
}

function withBaseline(object: StoredVirtualService, expires: Date): StoredVirtualService {
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.baseline]: expires.toISOString() }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

const OPTIONS = { dryRun: false, fieldManager: FIELD_MANAGER }

interface Write extends Partial<Attempt> {
  /** Write only if it is still this one. */
  readonly resourceVersion?: string
}

/** By merge patch: an apply by our field manager would drop the annotations that `enable` applied. */
async function mark(
  cluster: Cluster,
  object: StoredVirtualService,
  expires: Date | null,
  { resourceVersion, ...attempt }: Write = {}
): Promise<StoredVirtualService> {
  return cluster.request('PATCH', objectPath(object), {
    query: { fieldManager: OPTIONS.fieldManager },
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        annotations: { [ANNOTATIONS.baseline]: expires?.toISOString() ?? null },
        ...(resourceVersion && { resourceVersion })
      }
    },
    ...attempt
  })
}

/** Where no webhook makes the edit, `enable --direct` made it for the mirror, and this makes it for the baseline. */
async function completeEdit(
  cluster: Cluster,
  written: StoredVirtualService,
  attempt: Partial<Attempt> = {}
): Promise<'byWebhook' | 'direct'> {
  const { result, problems } = edit(written, new Date())
  const [is, shouldBe] = [written, result].map((one) => one.metadata.annotations?.[ANNOTATIONS.injected])
  if (problems.length > 0 || is === shouldBe) return 'byWebhook'
  if (isRoute(written)) {
    throw new UserError(
      '--baseline: only the webhook may mirror an HTTPRoute, and it did not; see kubectl mirror check'
    )
  }
  await writeEdit(cluster, written, result, { ...OPTIONS, ...attempt })
  return 'direct'
}

async function removeBaseline(cluster: Cluster, object: StoredVirtualService): Promise<boolean> {
  return removePersistently(async (attempt) =>
    completeEdit(cluster, await mark(cluster, object, null, attempt), attempt)
  )
}

/** A killed run left it behind, and no webhook ended it. */
export function hasStaleBaseline({ metadata }: Pick<StoredVirtualService, 'metadata'>, now: Date): boolean {
  return Date.parse(metadata.annotations?.[ANNOTATIONS.baseline] ?? '') <= now.getTime()
}

export async function endStaleBaseline(cluster: Cluster, object: StoredVirtualService): Promise<void> {
  await completeEdit(cluster, await mark(cluster, object, null))
}
