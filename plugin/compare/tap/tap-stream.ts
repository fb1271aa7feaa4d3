// One sidecar's tap: asks for it, and hands over what it records until either side ends it. Knows no pairing.
import type { Cluster } from '../../client/client.ts'
import { JsonObjects } from './json-objects.ts'
import { readTrace, type Trace } from './trace.ts'
import type { Pod } from '../../resources/pods.ts'
import { askAdmin, readText } from './admin.ts'
import { inBatches } from './batches.ts'

export interface TapStreamOptions {
  readonly cluster: Cluster
  readonly request: object
  /** Bytes of one exchange; longer ones are lost. */
  readonly longest: number
  readonly onTrace: (trace: Trace) => void
  /** How many exchanges were too long, or could not be read. */
  readonly onLost: (count: number) => void
}

/** Why a sidecar gives no tap. */
export type Refusal =
  /** It has not heard of the filter yet. */
  | { readonly reason: 'unknown' }
  /** Envoy serves one stream at a time. */
  | { readonly reason: 'taken' }
  | { readonly reason: 'other'; readonly text: string }

/**
 * Undefined: attached; then `ended` resolves when the stream does. Envoy has no back-pressure here, and would keep what is
 * not read, so nothing is ever left unread: what cannot be used is dropped by the reader.
 */
export async function openTap(
  pod: Pick<Pod, 'metadata'>,
  { cluster, request, longest, onTrace, onLost }: TapStreamOptions,
  signal: AbortSignal
): Promise<Refusal | { readonly ended: Promise<void> }> {
  const { status, answer } = await askAdmin(cluster, pod, { method: 'POST', path: '/tap', body: request, signal })
  if (status !== 200) return refusalOf(status, await readText(answer))
  if (answer.session) void inBatches(answer.session)
  const objects = new JsonObjects(longest)
  const ended = new Promise<void>((resolve) => {
    answer.on('data', (chunk: Buffer) => {
      const before = objects.oversized
      let unreadable = 0
      for (const object of objects.push(chunk)) {
        const trace = read(object)
        if (trace === 'unreadable') unreadable++
        else if (trace) onTrace(trace)
      }
      const lost = objects.oversized - before + unreadable
      if (lost > 0) onLost(lost)
    })
    // An error ends the stream too, and `close` follows it: why it ended, the pod's state tells better.
    answer.on('error', () => {})
    answer.on('close', resolve)
  })
  return { ended }
}

/** One that is malformed must not end the run, nor leave what the run has put into the cluster there. */
function read(object: Buffer): Trace | 'unreadable' | undefined {
  try {
    return readTrace(object, Date.now())
  } catch {
    return 'unreadable'
  }
}

/** Envoy knows the path only once some listener has a tap filter. */
function refusalOf(status: number, text: string): Refusal {
  if (status === 404 || text.startsWith('Unknown config id')) return { reason: 'unknown' }
  if (text.startsWith('An attached /tap admin stream already exists')) return { reason: 'taken' }
  return { reason: 'other', text: text.trim().split('\n', 1)[0]! }
}
