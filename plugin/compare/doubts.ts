// Counts records that leave out what pairing hangs on, so that a reader knows how far to believe it. Judges nothing.
import type { Exchange } from './record.ts'

export class Doubts {
  /** Paired by method, path and time alone. */
  withoutId = 0
  /** Of the mirrored version, without x-forwarded-for: taken for copies, whatever they are. */
  withoutForwarded = 0
  /** May be requests that the pod itself sent. */
  withoutDirection = 0

  take({ workload, id, forwarded, undirected }: Exchange): void {
    if (id === undefined) this.withoutId++
    if (workload === 'mirror' && forwarded === undefined) this.withoutForwarded++
    if (undirected) this.withoutDirection++
  }
}
