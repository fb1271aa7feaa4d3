// One run: takes records, matches them, and counts everything. Knows no cluster, no clock and no view.
import type { FieldName } from './endpoint-fields.ts'
import type { FieldsTally } from './field-tally.ts'
import type { Expectation } from '../pairing/expectation.ts'
import { recordOf, type Match, type Missing, type Orphan, type PairById } from '../pairing/pair.ts'
import type { RequestRecord, UnreadLine, Workload } from '../sources/record.ts'
import { escapeControls } from '../../io/sanitize.ts'
import { isCompared } from './compared.ts'
import { Lag } from './lag.ts'
import { Tally } from './tally.ts'
import { Timeline } from './timeline.ts'
import { WorstMatches } from './evidence.ts'

export interface Counted {
  readonly endpoint: string
  readonly match: Match
  /** Fields in which whole responses differ, without known noise. Absent: not compared. */
  readonly differing?: readonly FieldName[]
}

/** All times but those of records are the caller's clock. */
export interface Window {
  /** When reading began. */
  readonly opened: number
  /** Logs are also read from before that. One version's may start later than the other's, if it was rotated. */
  readonly backlog: boolean
  /** False: only what is already logged is read. */
  readonly follow: boolean
  /** Whether a pod's requests were not being read then. */
  readonly wasBlind?: (at: number) => boolean
  /** Until then some requests may be unrecorded. */
  readonly settled?: number
  /** Some requests are never recorded. */
  readonly isPartial?: boolean
  /** By their ids only some requests are compared. */
  readonly isSampled?: boolean
}

/**
 * Logs open at different moments, and Envoy writes them once a second. So near the edges of a run one half of a match may lie
 * outside: unmatched records there are not counted.
 */
export const EDGE = 2500
/** The share of records that may be dropped: no more than copies may be missing before it counts. */
const MOST_OVERFLOWED = 0.001

export class Run {
  readonly tally: Tally
  readonly timeline = new Timeline()
  readonly worst = new WorstMatches()
  readonly doubts = new IncompleteRecords()
  readonly fields?: FieldsTally
  /** Records read, of either version. */
  readonly records: Record<Workload, number> = { live: 0, mirror: 0 }
  /** Live requests counted. */
  requests = 0
  /** Not counted: unmatched near the run's start or end. */
  edges = 0
  /** Not counted: unmatched while some pod was not being read. */
  blind = 0
  /** By how many milliseconds the records were behind when the run ended: what came later was not read. */
  behind = 0
  /** Missing copies and orphans from the time before every request was recorded. */
  unsettled = 0
  /** When the first and last of them arrived: milliseconds since 1970, by the cluster's clock. */
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY
  readonly #pairing: PairById
  readonly #expectation: Expectation
  readonly #window: Window
  /** When the first record of either version began, and the last of all. */
  readonly #earliest = { live: Number.POSITIVE_INFINITY, mirror: Number.POSITIVE_INFINITY }
  #newest = Number.NEGATIVE_INFINITY
  readonly #lag = new Lag()

  /** `fields`: if the records hold whole responses. */
  constructor(pairing: PairById, expectation: Expectation, window: Window, fields?: FieldsTally) {
    this.#pairing = pairing
    this.tally = new Tally({ hasBaseline: fields?.hasBaseline === true })
    this.#expectation = expectation
    this.#window = window
    if (fields) this.fields = fields
  }

  get overflowed(): number {
    return this.#pairing.overflowed
  }

  /** False: a copy may have arrived without a readable record. */
  get knowsArrivals(): boolean {
    const { unread, withoutId } = this.doubts
    const isSampleUnsure = this.#window.isSampled === true && withoutId > 0
    const isOverflowing = this.overflowed > MOST_OVERFLOWED * (this.records.live + this.records.mirror)
    return this.#window.isPartial !== true && unread.live + unread.mirror === 0 && !isSampleUnsure && !isOverflowing
  }

  take(record: RequestRecord | UnreadLine, now: number): void {
    if ('unread' in record) this.doubts.takeUnread(record)
    else this.#takeRecord(record, now)
  }

  #takeRecord(record: RequestRecord, now: number): void {
    this.records[record.workload]++
    this.doubts.take(record)
    // It may be of the sample, or not.
    if (this.#window.isSampled && record.id === undefined) return
    this.#earliest[record.workload] = Math.min(this.#earliest[record.workload], record.at)
    this.#newest = Math.max(this.#newest, record.at)
    this.#lag.take(record.at + (record.duration ?? 0), now)
    this.#pairing.add(record, now)
  }

  /** The matches that are final by now. */
  tick(now: number): Counted[] {
    return this.#count(this.#pairing.due(now), now)
  }

  /** From now on only earlier requests count: they may still be answered or logged. */
  close(now: number): void {
    this.behind = this.#lag.behind
    // By the records' own clock, or without any record (Envoy logs late) by the caller's.
    this.#pairing.close(Number.isFinite(this.#newest) ? this.#newest : now)
  }

  get waiting(): PairById['waiting'] {
    return this.#pairing.waiting
  }

  /** All remaining matches. */
  end(now: number): Counted[] {
    return this.#count(this.#pairing.drain(), now)
  }

  #count(matches: readonly Match[], now: number): Counted[] {
    return matches
      .filter((match) => match.kind === 'pair' || !this.#leavesOut(match, now))
      .map((match) => {
        const record = recordOf(match)
        const share = this.#expectation(record)
        // Unmatched requests are not counted here, so their matches must not be either: all would seem to arrive. At the edges of a
        // run that matters only if a share is mirrored.
        const isUnseen = this.#isBlind(match) || (share !== 1 && this.#isAtEdge(match, now))
        const wouldBeMissed = match.kind !== 'pair' || !isUnseen
        const { name: endpoint } = this.tally.add(match, share, wouldBeMissed)
        this.worst.add(endpoint, match)
        if (match.kind !== 'pair' && match.since < (this.#window.settled ?? 0)) this.unsettled++
        const differing = this.fields?.take(endpoint, match)
        if (match.kind !== 'orphan') this.#countRequest(match, record.at)
        return { endpoint, match, ...(differing && { differing }) }
      })
  }

  #countRequest(match: Match, at: number): void {
    this.requests++
    this.first = Math.min(this.first, at)
    this.last = Math.max(this.last, at)
    const copied = match.kind === 'pair' ? 1 : 0
    const differing = match.kind === 'pair' && isCompared(match) && match.live.status !== match.copy.status ? 1 : 0
    this.timeline.add(at, { requests: 1, copied, differing })
  }

  #leavesOut(match: Missing | Orphan, now: number): boolean {
    if (this.#isAtEdge(match, now)) {
      this.edges++
      return true
    }
    if (!this.#isBlind(match)) return false
    this.blind++
    return true
  }

  #isBlind({ since }: Match): boolean {
    return this.#window.wasBlind?.(since) === true
  }

  #isAtEdge(match: Match, now: number): boolean {
    const { at } = recordOf(match)
    const { opened, backlog, follow } = this.#window
    const begins = Object.values(this.#earliest).filter(Number.isFinite)
    const early = backlog ? at < Math.max(...begins) + EDGE : match.since - opened < EDGE
    const late = follow ? now - match.since < EDGE : at > this.#newest - EDGE
    return early || late
  }
}

/** Counts records that lack what pairing needs, and lines that could not be read. */
export class IncompleteRecords {
  /** Matched only by method, path and time; left out of a sample. */
  withoutId = 0
  /** Records of the mirrored version without x-forwarded-for, or anything else that tells: treated as copies. */
  withoutForwarded = 0
  /** May be requests that the pod sent itself. */
  withoutDirection = 0
  /** Lines of unknown format that may each describe a request. */
  readonly unread: Record<Workload, number> = { live: 0, mirror: 0 }
  /** The first of them, shortened and without control characters. */
  unreadExample?: string

  take({ workload, id, forwarded, directionUnknown, isCopy }: RequestRecord): void {
    if (id === undefined) this.withoutId++
    if (workload === 'mirror' && forwarded === undefined && isCopy === undefined) this.withoutForwarded++
    if (directionUnknown) this.withoutDirection++
  }

  takeUnread({ unread, line }: UnreadLine): void {
    this.unread[unread]++
    this.unreadExample ??= escapeControls(line.slice(0, LONGEST_LINE))
  }
}

const LONGEST_LINE = 300
