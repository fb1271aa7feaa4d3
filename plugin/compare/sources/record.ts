// The shape of a record, and of a source of records. Knows no log format and no cluster.
import type { HttpResponse } from '../responses/response.ts'

/** One request that reached a version, and its response, as the version's proxy (or application) recorded them. */
export interface RequestRecord {
  /** Which pod it reached: a live version's, or one of the mirror's target. */
  readonly workload: Workload
  readonly pod: string
  /** When it arrived there: milliseconds since 1970. */
  readonly at: number
  /** The request id, its sampling digit masked. Absent: the record has none, and only its order can match it. */
  readonly id?: string
  /** The unmasked request id, to search other logs for. */
  readonly requestId?: string
  readonly method: string
  readonly path: string
  /** The path that the caller asked for, before its proxy rewrote it. Absent: the record does not show it. */
  readonly asked?: string
  /** 0: no response was sent. */
  readonly status: number
  /** Bytes of the response's body. */
  readonly bytes?: number
  /** Milliseconds until the response was complete. */
  readonly duration?: number
  /** When it was over, by the reader's clock. Set by sources that know no duration when there was no response. */
  readonly ended?: number
  /** The entries of x-forwarded-for; absent: the record does not show them. */
  readonly forwarded?: readonly string[]
  /** The record does not show whether the request was inbound or outbound. */
  readonly directionUnknown?: boolean
  /** Whether the caller's proxy sent it as a copy. Absent: the record alone does not tell. */
  readonly isCopy?: boolean
  /** The requested host. Istio before 1.28 added `-shadow` to a copy's. */
  readonly authority?: string
  /** The record's text, as evidence. */
  readonly line: string
  /** Headers and body, if the source has them. */
  readonly response?: HttpResponse
}

export type Workload = 'live' | 'mirror'

/** A line that may record a request, in an unknown format. */
export interface UnreadLine {
  readonly unread: Workload
  readonly line: string
}

/** Where records come from: access logs, or Envoy's tap. Pairing, statistics and views know no more of it. */
export interface RecordSource {
  /** As the report names it: `access logs of the sidecars`. */
  readonly name: string
  /** True: no request ids, so requests and copies match by method, path and order. */
  readonly approximate: boolean
  /** What these records do not show, as a sentence. */
  readonly blindTo: string
  /** By configuration some requests leave no record: then a missing copy means nothing. */
  readonly isPartial?: boolean
  /** Only the records of one in so many requests, chosen by their ids, and those without an id. Absent: of all. */
  readonly sample?: number
  /** Why there may never be a record, and what to do. Absent: every request leaves one. */
  readonly ifSilent?: string
  /**
   * Runs until `signal` aborts, or without `follow` to the present end. Throws when the source is lost for good. A source
   * without a past ignores `sinceSeconds`.
   */
  read(take: (record: RequestRecord | UnreadLine) => void, span: Span, signal: AbortSignal): Promise<void>
  /** At this time, by the caller's clock, some pod served requests without a record: unmatched ones mean nothing. */
  wasBlind?(at: number): boolean
  /** Until then, by the caller's clock, single requests may leave no record. */
  readonly settled?: number
}

/**
 * Istio's drainDuration, in milliseconds. That long after a change of its listener, Envoy keeps old connections open, each
 * for one more request that it handles as before.
 */
export const DRAIN = 45_000

export interface Span {
  /** How far back to begin; absent: now. */
  readonly sinceSeconds?: number
  readonly follow: boolean
}

/**
 * To record a tracing decision, Envoy may rewrite one hex digit of a request id, the UUID's version. Live request and copy
 * may then differ in this digit.
 */
export function maskRequestId(id: string): string {
  return UUID.test(id) ? `${id.slice(0, 14)}x${id.slice(15)}` : id
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
