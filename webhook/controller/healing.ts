// One no-op patch of a route, and its result. The API server runs admission on the patch and stores the object only if
// admission changes it: so the review that serves writes also heals. Knows no schedule.
import { pathIn, type Collection } from './collections.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'
import { digestOf, type MirrorDigest, type PartialObject } from './mirror-digest.ts'
import { readReviewed, reviewedFindings, type Reviewed } from '../kubernetes/self-review.ts'

export type Healed =
  | { readonly result: 'gone' }
  /** Admission did not happen: no replica responded, or a selector excludes the object. */
  | { readonly result: 'unreached' }
  | { readonly result: 'failed'; readonly error: unknown }
  | Answered

export interface Answered {
  readonly result: 'unchanged' | 'changed'
  readonly reviewed: Reviewed
  /** One sentence each. */
  readonly findings: readonly string[]
  readonly digest: MirrorDigest | undefined
}

/** `time`: milliseconds since 1970. */
export async function heal(
  cluster: Cluster,
  collection: Collection,
  digest: MirrorDigest,
  time: number
): Promise<Healed> {
  const { namespace, name, fingerprint } = digest
  const path = pathIn(collection, namespace, name)
  let warnings = ''
  try {
    const stored = await cluster.send('PATCH', path, {
      body: {},
      contentType: 'application/merge-patch+json',
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      warned: (text) => (warnings = text)
    })
    const reviewed = readReviewed(warnings)
    if (reviewed === undefined) return { result: 'unreached' }
    const now = digestOf(stored as PartialObject, time) // what the accept header asks for
    const result = now?.fingerprint === fingerprint ? 'unchanged' : 'changed'
    return { result, reviewed, findings: reviewedFindings(warnings), digest: now }
  } catch (error) {
    return error instanceof ApiError && error.status === 404 ? { result: 'gone' } : { result: 'failed', error }
  }
}

/** Whether the API server and, if it called admission at all, admission gave an answer: it may be a refusal. */
export function isAnswered(healed: Healed): boolean {
  if (healed.result === 'failed') return healed.error instanceof ApiError && healed.error.status < 500
  return healed.result !== 'unreached'
}
