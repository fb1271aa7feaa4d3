// Counts records that leave out what pairing hangs on, and lines that could not be read. Judges nothing.
import type { RequestRecord, UnreadLine, Workload } from '../sources/record.ts'
import { escapeControls } from '../../io/escape.ts'

export class Doubts {
  /** Paired by method, path and time alone. */
  withoutId = 0
  /** Of the mirrored version, without x-forwarded-for: taken for copies, whatever they are. */
  withoutForwarded = 0
  /** May be requests that the pod itself sent. */
  withoutDirection = 0
  /** Lines that may each tell of a request, in a format that is not known. */
  readonly unread: Record<Workload, number> = { live: 0, mirror: 0 }
  /** The first of them, harmless and cut. */
  unreadExample?: string

  take({ workload, id, forwarded, undirected }: RequestRecord): void {
    if (id === undefined) this.withoutId++
    if (workload === 'mirror' && forwarded === undefined) this.withoutForwarded++
    if (undirected) this.withoutDirection++
  }

  takeUnread({ unread, line }: UnreadLine): void {
    this.unread[unread]++
    this.unreadExample ??= escapeControls(line.slice(0, LONGEST))
  }
}

const LONGEST = 300
