// The one shape of what a version answered, and of where such records come from. Knows no log format and no cluster.
import type { Answer } from '../responses/response.ts'

/** One request that reached a version and what it answered, as its own proxy (or application) recorded it. */
export interface RequestRecord {
  /** Whose pod it reached: one that the route sends live requests to, or one of the mirror's target. */
  readonly workload: Workload
  readonly pod: string
  /** When it arrived there: milliseconds since the epoch. */
  readonly at: number
  /** The request id, its sampling digit masked. Absent: the record has none, and only the order can pair it. */
  readonly id?: string
  /** The request id as it was written down: what to search other logs for. */
  readonly requestId?: string
  readonly method: string
  readonly path: string
  /** The path that the caller asked for, before its proxy rewrote it. Absent: the record does not show it. */
  readonly asked?: string
  /** 0: no response was sent. */
  readonly status: number
  /** Of the response's body. */
  readonly bytes?: number
  /** Milliseconds until the response was complete. */
  readonly duration?: number
  /** When the exchange was over, by the reader's clock; of sources that tell no duration where there was no response. */
  readonly ended?: number
  /** The entries of x-forwarded-for; absent: the record does not show them. */
  readonly forwarded?: readonly string[]
  /** The record does not show whether its pod was asked, or asked itself. */
  readonly undirected?: boolean
  /** The host asked for. Istio before 1.28 added `-shadow` to a copy's. */
  readonly authority?: string
  /** The record as it was found, for a reader who wants the evidence. */
  readonly line: string
  /** Headers and body, where the source sees them. */
  readonly answer?: Answer
}

export type Workload = 'live' | 'mirror'

/** A line that may tell of a request, in a format that is not known. */
export interface UnreadLine {
  readonly unread: Workload
  readonly line: string
}

/** Where records come from: access logs, or Envoy's tap. Pairing, statistics and views know nothing else of it. */
export interface RecordSource {
  /** In the words of the report: `access logs of the sidecars`. */
  readonly name: string
  /** True: without request ids, so that pairs are by method, path and order. */
  readonly approximate: boolean
  /** What these records cannot show, in words. */
  readonly blindTo: string
  /** Of some requests no record is written, by configuration: nothing is known of a copy that has none. */
  readonly isPartial?: boolean
  /** Why no record may ever come, and what to do; absent: requests show as soon as they are sent. */
  readonly ifSilent?: string
  /**
   * Until `signal` is aborted; without `follow` what there is. Throws when the source is lost for good. A source that
   * keeps no past ignores `sinceSeconds`.
   */
  read(take: (record: RequestRecord | UnreadLine) => void, span: Span, signal: AbortSignal): Promise<void>
  /** At this time, by the caller's clock, some pod served requests unseen: what is unpaired then says nothing. */
  wasBlind?(at: number): boolean
  /** Until then, by the caller's clock, a request may pass unseen here and there. */
  readonly settled?: number
}

/**
 * Istio's drainDuration, in milliseconds: so long Envoy lets connections from before a change of its listener go on, each
 * for one more request that is handled as before.
 */
export const DRAIN = 45_000

export interface Span {
  /** How far back to begin; absent: now. */
  readonly sinceSeconds?: number
  readonly follow: boolean
}

/**
 * Envoy may rewrite one hex digit of a request id, the UUID's version, to record a tracing decision; live request and
 * copy then differ in it alone.
 */
export function maskRequestId(id: string): string {
  return UUID.test(id) ? `${id.slice(0, 14)}x${id.slice(15)}` : id
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
