// Matches each live request with its copy by request id, method and path; without ids by method, path and time.
// Knows no log and no statistics.
import { alignByTime } from './align.ts'
import { failed, foldAttempts, type LiveRequest } from './attempts.ts'
import type { RequestRecord } from '../sources/record.ts'
import type { Roles } from './role.ts'

/** One live request with or without its copy, or a copy without a live request. */
export type Match = Pair | Missing | Orphan

export interface Pair {
  readonly kind: 'pair'
  /** The last attempt: the response that the caller got. */
  readonly live: RequestRecord
  readonly copy: RequestRecord
  /** A second copy, to the live version. */
  readonly baseline?: RequestRecord
  readonly attempts: number
  /** When the first record was added, by the caller's clock. */
  readonly since: number
}

/** A live request without a copy. */
export interface Missing {
  readonly kind: 'missing'
  readonly live: RequestRecord
  readonly attempts: number
  readonly since: number
}

export interface Orphan {
  readonly kind: 'orphan'
  readonly copy: RequestRecord
  readonly since: number
}

interface Group {
  records: RequestRecord[]
  readonly first: number
  last: number
  /** Cached: sorting all groups several times a second would be too slow. */
  waiting?: PairById['waiting'] | undefined
}

/** How long a request waits for its copy. */
export const TTL = 30_000
/** A request without a copy after this time is missing one, also if there is no room to wait longer. Before it, nobody knows. */
const PATIENCE = 10_000
/** How long a complete match waits for another attempt or use of its id: longer than Envoy buffers logs. */
const SETTLE = 3_000
/** If log times are whole seconds, the records of a match may be this far apart. */
const SHIFT = 12_000
/** A failed live request may be retried after the route's time-out, and the second response may be slow. */
const SETTLE_FAILED = 15_000

/** Takes records in any order, and returns matches once they are final. Times are the caller's clock. */
export class PairById {
  /** Ordered by first record, the oldest first. */
  readonly #groups = new Map<string, Group>()
  readonly #roles: Roles
  readonly #most: number
  readonly #awaitsBaseline: boolean
  #end = Number.POSITIVE_INFINITY
  #held = 0
  /** Records dropped because too many were waiting: no match has them. */
  overflowed = 0

  /** `awaitsBaseline`: the live version gets a second copy of each request. */
  constructor(roles: Roles, { most = 100_000, awaitsBaseline = false } = {}) {
    this.#roles = roles
    this.#most = most
    this.#awaitsBaseline = awaitsBaseline
  }

  /** Live requests among the waiting records, and those without a copy yet. */
  get waiting(): { requests: number; unpaired: number } {
    const sum = { requests: 0, unpaired: 0 }
    for (const group of this.#groups.values()) {
      group.waiting ??= this.#count(group)
      sum.requests += group.waiting.requests
      sum.unpaired += group.waiting.unpaired
    }
    return sum
  }

  #count({ records }: Group): PairById['waiting'] {
    const { requests, copies } = this.#sort(records)
    const counted = requests.filter(({ start }) => start <= this.#end).length
    return { requests: counted, unpaired: Math.max(0, counted - copies.length) }
  }

  add(record: RequestRecord, now: number): void {
    const key = `${record.id} ${record.method} ${record.path}`
    const group = this.#groups.get(key)
    // `due` is not called (an unread pipe, for example), and sources cannot wait: drop whole requests.
    if (!group && this.#held >= 2 * this.#most) return void this.overflowed++
    if (group) {
      // Nearly all have two, and an array that grows has room for seventeen.
      if (group.records.length === 1) group.records = [group.records[0]!, record]
      else group.records.push(record)
      group.last = now
      group.waiting = undefined
    } else this.#groups.set(key, { records: [record], first: now, last: now, waiting: undefined })
    this.#held++
  }

  due(now: number): Match[] {
    const matches: Match[] = []
    for (const [key, group] of this.#groups) {
      const ripe = this.#held > this.#most ? group.records : this.#ripe(group, now)
      if (ripe.length === 0) continue
      const all = this.#resolve(ripe, group.first)
      const kept = ripe.length < group.records.length ? withHalvesToCome(all, ripe) : new Set<Match>()
      const found = all.filter((match) => !kept.has(match))
      const isGivenUp = this.#held > this.#most && now - group.first < PATIENCE
      for (const match of found) {
        if (isGivenUp && match.kind !== 'pair') this.overflowed++
        else matches.push(match)
      }
      const taken = new Set(ripe)
      for (const match of kept) taken.delete(recordOf(match))
      this.#held -= taken.size
      const rest = group.records.filter((record) => !taken.has(record))
      if (rest.length === 0) this.#groups.delete(key)
      else this.#groups.set(key, { records: rest, first: now, last: group.last })
    }
    return matches
  }

  /**
   * Ends the run: requests that arrived after `at` (a time of the records) are ignored. Records of earlier requests may still
   * be added: a copy arrives later than its request, the more so if v2 is busy.
   */
  close(at: number): void {
    this.#end = at
  }

  /** All remaining matches. */
  drain(): Match[] {
    const matches = [...this.#groups.values()].flatMap(({ records, first }) => this.#resolve(records, first))
    this.#groups.clear()
    this.#held = 0
    return matches
  }

  /** The records whose matches are final. */
  #ripe({ records, first, last }: Group, now: number): readonly RequestRecord[] {
    const quiet = now - last
    const waited = now - first
    if (quiet < SETTLE) {
      // Without an id, or with one that a caller keeps using, records never stop: take the older part.
      if (waited < (records[0]!.id === undefined ? 2 * SETTLE : TTL)) return []
      const newest = records.reduce((latest, { at }) => Math.max(latest, at), 0)
      return records.filter(({ at }) => at < newest - SETTLE)
    }
    if (waited >= TTL) return records
    const { requests, copies, baselines } = this.#sort(records)
    if (requests.length === 0 || requests.length > copies.length) return []
    if (this.#awaitsBaseline && requests.length > baselines.length && quiet < SETTLE_FAILED) return []
    return quiet >= SETTLE_FAILED || !requests.some(({ live }) => failed(live)) ? records : []
  }

  #sort(records: readonly RequestRecord[]): {
    requests: LiveRequest[]
    copies: RequestRecord[]
    baselines: RequestRecord[]
  } {
    const { lives, copies: all } = this.#roles.tell(records)
    const copies = all.filter(({ workload }) => workload === 'mirror').toSorted(byTime)
    const baselines = all.filter(({ workload }) => workload === 'live').toSorted(byTime)
    // Records without an id are of many callers.
    const sent = records[0]?.id === undefined ? lives.length : copies.length
    return { requests: foldAttempts(lives.toSorted(byTime), sent), copies, baselines }
  }

  #resolve(records: readonly RequestRecord[], since: number): Match[] {
    const { requests, copies, baselines } = this.#sort(records)
    const copyOf = align(requests, copies)
    const baselineOf = align(requests, baselines)
    const used = new Set(copyOf)
    return [
      ...requests.flatMap(({ live, start, attempts }, index): Match[] => {
        if (start > this.#end) return []
        const [copy, baseline] = [copyOf[index], baselineOf[index]]
        if (!copy) return [{ kind: 'missing', live, attempts, since }]
        return [{ kind: 'pair', live, copy, ...(baseline && { baseline }), attempts, since }]
      }),
      ...copies
        .filter((copy) => !used.has(copy) && copy.at <= this.#end)
        .map((copy): Match => ({ kind: 'orphan', copy, since }))
    ]
  }
}

/** If a group is cut in two: unmatched records so near the cut that the other half may lie behind it. */
function withHalvesToCome(matches: readonly Match[], before: readonly RequestRecord[]): Set<Match> {
  const cut = before.reduce((latest, { at }) => Math.max(latest, at), 0)
  return new Set(matches.filter((match) => match.kind !== 'pair' && recordOf(match).at > cut - SHIFT))
}

/** The live record, or the copy's if there is none. */
export function recordOf(match: Match): RequestRecord {
  return match.kind === 'orphan' ? match.copy : match.live
}

function align(requests: readonly LiveRequest[], copies: readonly RequestRecord[]): (RequestRecord | undefined)[] {
  const partners = alignByTime(
    requests.map(({ start }) => start),
    copies.map(({ at }) => at)
  )
  return partners.map((partner) => (partner === undefined ? undefined : copies[partner]))
}

function byTime(one: RequestRecord, other: RequestRecord): number {
  return one.at - other.at
}
