// A baseline for as long as a run needs it: the live version gets a copy of each mirrored request too. By the annotation,
// so that admission takes it away again at its time, whatever becomes of this run.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { edit } from '../../mirror/edit.ts'
import { formatProblem } from '../../mirror/problem.ts'
import type { Cluster } from '../cluster.ts'
import { UserError } from '../errors.ts'
import { objectPath, type StoredVirtualService } from '../virtual-services.ts'
import { findVersions, type Version } from '../workloads.ts'
import { writeEdit } from '../writes.ts'
import { LEASE } from './envoy-filter.ts'

export interface Baseline {
  /** Puts its end off. */
  renew(now: Date): Promise<void>
  /** Never rejects; false: it could not be taken away, and ends at its time. */
  remove(): Promise<boolean>
}

const OPTIONS = { dryRun: false, fieldManager: 'mirror-plugin' }
const REMOVE_WITHIN = 15_000
const RETRY_EVERY = 1000

/** `object`: as it is now, mirrored by `enable`. Undefined: it copies to its live version anyway. */
export async function addBaseline(
  cluster: Cluster,
  object: StoredVirtualService,
  now: Date
): Promise<Baseline | undefined> {
  const { annotations = {} } = object.metadata
  if (annotations[ANNOTATIONS.to] === undefined) {
    if (isOwnMirror(await findVersions(cluster, object))) return undefined
    throw new UserError(
      `--baseline: ${object.metadata.name} has no annotation ${ANNOTATIONS.to}, so its mirror is not ours to extend; ` +
        'make the mirror by kubectl mirror enable, or add the live version to its mirrors yourself'
    )
  }
  const until = expiryAfter(now)
  const { problems } = edit(withBaseline(object, until), now, object)
  if (problems.length > 0) throw new UserError(problems.map(formatProblem))
  await annotate(cluster, object, until)
  return {
    renew: async (at) => annotate(cluster, object, expiryAfter(at)),
    remove: () => removeBaseline(cluster, object)
  }
}

/** What a killed run left behind where no webhook ends it. */
export async function endStaleBaseline(cluster: Cluster, object: StoredVirtualService, now: Date): Promise<void> {
  const until = Date.parse(object.metadata.annotations?.[ANNOTATIONS.baseline] ?? '')
  if (until <= now.getTime()) await annotate(cluster, object, null)
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

/** By merge patch: an apply by our field manager would drop the annotations that `enable` applied. */
async function annotate(
  cluster: Cluster,
  { metadata }: StoredVirtualService,
  until: string | null,
  signal?: AbortSignal
): Promise<void> {
  const written = await cluster.request<StoredVirtualService>('PATCH', objectPath({ metadata }), {
    query: { fieldManager: OPTIONS.fieldManager },
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { [ANNOTATIONS.baseline]: until } } },
    ...(signal && { signal })
  })
  const { result, problems } = edit(written, new Date())
  const [is, shouldBe] = [written, result].map((one) => one.metadata.annotations?.[ANNOTATIONS.injected])
  // Where no webhook makes the edit, whoever enabled the mirror made it directly, and so does this.
  if (problems.length === 0 && is !== shouldBe)
    await writeEdit(cluster, written, result, { ...OPTIONS, ...(signal && { signal }) })
}

/** With a signal of its own: after Ctrl-C the run's is aborted. */
async function removeBaseline(cluster: Cluster, object: StoredVirtualService): Promise<boolean> {
  const signal = AbortSignal.timeout(REMOVE_WITHIN)
  while (!signal.aborted) {
    try {
      await annotate(cluster, object, null, signal)
      return true
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY))
    }
  }
  return false
}
