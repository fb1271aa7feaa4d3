// One sidecar's tap: opens it, and passes on what it records until either side ends it. Knows no pairing.
import type { Cluster } from '../../client/client.ts'
import { JsonObjects } from './json-objects.ts'
import { readTrace, type Trace } from './trace.ts'
import type { Pod } from '../../resources/pods.ts'
import { askAdmin, readText, receiveInBatches } from './admin.ts'

export interface TapStreamOptions {
  readonly cluster: Cluster
  readonly request: object
  /** Bytes of one trace; longer ones are lost. */
  readonly longest: number
  readonly onTrace: (trace: Trace) => void
  /** How many traces were too long, or could not be read. */
  readonly onLost: (count: number) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Why a sidecar opens no tap. */
export type Refusal =
  /** istiod has not sent it the filter yet. */
  | { readonly reason: 'unknown' }
  /** Envoy serves one stream at a time. */
  | { readonly reason: 'in-use' }
  | { readonly reason: 'other'; readonly text: string }

/**
 * `ended` resolves when the stream ends. Envoy has no back-pressure here and would buffer what is not read, so everything
 * is read at once, and the reader drops what it cannot use.
 */
export async function openTap(
  pod: Pick<Pod, 'metadata'>,
  { cluster, request, longest, onTrace, onLost, now }: TapStreamOptions,
  signal: AbortSignal
): Promise<Refusal | { readonly ended: Promise<void> }> {
  const options = { method: 'POST', path: '/tap', body: request, signal } as const
  const response = await askAdmin(cluster, pod, options)
  const { status, body, closed, session } = response
  if (status !== 200) return refusalOf(status, await readText(response))
  void receiveInBatches(session)
  const objects = new JsonObjects(longest)
  body.on('data', (chunk: Buffer) => {
    const before = objects.oversized
    let unreadable = 0
    for (const object of objects.push(chunk)) {
      const trace = read(object, now())
      if (trace === 'unreadable') unreadable++
      else if (trace) onTrace(trace)
    }
    const lost = objects.oversized - before + unreadable
    if (lost > 0) onLost(lost)
  })
  // The pod's state says better than an error why the stream ended.
  body.on('error', () => {})
  return { ended: closed }
}

/** A malformed trace must not end the run. */
function read(object: Buffer, now: number): Trace | 'unreadable' | undefined {
  try {
    return readTrace(object, now)
  } catch {
    return 'unreadable'
  }
}

/** Envoy has this path only once some listener has a tap filter. */
function refusalOf(status: number, text: string): Refusal {
  if (status === 404 || text.startsWith('Unknown config id')) return { reason: 'unknown' }
  if (text.startsWith('An attached /tap admin stream already exists')) return { reason: 'in-use' }
  return { reason: 'other', text: text.trim().split('\n', 1)[0]! }
}
