// A baseline for as long as a run needs it: the live version gets a copy of each mirrored request too. By the annotation,
// so that admission takes it away again at its time, whatever becomes of this run.
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import { formatProblem } from '../../../mirror/problem.ts'
import type { Cluster } from '../../client/client.ts'
import { type ApiError, isRefusal, UserError } from '../../io/errors.ts'
import { objectPath, type StoredVirtualService } from '../../resources/virtual-services.ts'
import { findVersions, type Version } from '../../resources/versions.ts'
import { isConflict } from '../../resources/virtual-service-writes.ts'
import { completeEdit, mark, removeBaseline } from './baseline-write.ts'
import { LEASE } from './envoy-filter.ts'

export interface Baseline {
  /** `direct`: no webhook made the edit, so that none ends it at its time either. */
  add(now: Date): Promise<'byWebhook' | 'direct'>
  /** Puts its end off. */
  renew(now: Date): Promise<void>
  /** Whatever became of `add`. Never rejects; false: it could not be taken away. */
  remove(): Promise<boolean>
}

/** Changes nothing yet. Undefined: the object, mirrored by hand, copies to its live version anyway. */
export async function planBaseline(
  cluster: Cluster,
  { metadata }: Pick<StoredVirtualService, 'metadata'>,
  now: Date
): Promise<Baseline | undefined> {
  // Anew: it may have been changed since this run began, by another one that has a baseline now.
  const object = await cluster.request<StoredVirtualService>('GET', objectPath({ metadata }))
  const { annotations, resourceVersion } = object.metadata
  if (annotations?.[ANNOTATIONS.to] === undefined) {
    if (isOwnMirror(await findVersions(cluster, object))) return undefined
    throw new UserError(
      `--baseline: ${metadata.name} has no annotation ${ANNOTATIONS.to}, so its mirror is not ours to extend; ` +
        `make the mirror by ${cluster.command(`mirror enable ${metadata.name} --to SUBSET -n ${metadata.namespace}`)}, or add the live version to its mirrors yourself`
    )
  }
  refuseOthers(cluster, object, now)
  const { problems } = edit(withBaseline(object, expiryAfter(now)), now, object)
  if (problems.length > 0) throw new UserError(problems.map(formatProblem))
  let mayBeThere = false
  return {
    add: async (at) => {
      mayBeThere = true
      const written = await mark(cluster, object, expiryAfter(at), { resourceVersion }).catch((error: unknown) => {
        // A refusal is certain; an answer that is lost may have been a yes.
        if (isRefusal(error)) mayBeThere = false
        throw isConflict(error) ? changedMeanwhile(object, error) : error
      })
      return completeEdit(cluster, written)
    },
    renew: async (at) => {
      await completeEdit(cluster, await mark(cluster, object, expiryAfter(at)))
    },
    remove: async () => !mayBeThere || removeBaseline(cluster, object)
  }
}

/** The first of two runs to end would take it away from both. */
function refuseOthers({ command }: Cluster, { metadata }: StoredVirtualService, now: Date): void {
  const until = metadata.annotations?.[ANNOTATIONS.baseline]
  if (until === undefined || !(Date.parse(until) > now.getTime())) return
  throw new UserError(
    `--baseline: ${metadata.name} has the baseline of another run until ${until}; wait for its end. If that run was ` +
      `killed: ${command(`annotate virtualservice/${metadata.name} -n ${metadata.namespace} ${ANNOTATIONS.baseline}-`)}`
  )
}

function changedMeanwhile({ metadata }: StoredVirtualService, cause: ApiError): UserError {
  return new UserError(
    `--baseline: somebody changed ${metadata.name} at this moment, and nothing was done; try again`,
    {
      cause
    }
  )
}

/** A version that answers, and gets copies of what it answers. */
function isOwnMirror(versions: readonly Version[]): boolean {
  const key = ({ namespace, selector }: Version): string => JSON.stringify([namespace, selector])
  const mirrors = new Set(versions.filter(({ role }) => role === 'mirror').map(key))
  return versions.some((version) => version.role === 'live' && mirrors.has(key(version)))
}

function expiryAfter(now: Date): string {
  return new Date(now.getTime() + LEASE).toISOString()
}

function withBaseline(object: StoredVirtualService, until: string): StoredVirtualService {
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.baseline]: until }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
