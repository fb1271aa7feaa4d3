// Counts what became of each request, per endpoint. Judges nothing; bounded whatever comes.
import { Endpoints } from './endpoint.ts'
import { isCompared, isCut, isOfBoth } from './compared.ts'
import { addedByForwarding } from './echo.ts'
import { recordOf, type Match, type Pair } from '../pairing/pair.ts'
import type { RequestRecord } from '../sources/record.ts'
import { Samples } from './samples.ts'

export interface EndpointTally {
  readonly name: string
  /** Live requests, however often each was tried. */
  requests: number
  /** Requests of which nobody can tell whether the mesh was to copy them: nothing is missed of them. */
  unknown: number
  /** Of the others, those of which it would have been seen that no copy came. */
  known: number
  /** How many copies of these the mesh was asked to make: the sum of the shares. */
  expected: number
  /** Of the expected copies, those that came. */
  arrived: number
  /** Of all requests, with a copy. */
  copied: number
  /** Of these, answered by both versions: a canary's share of the live requests meets its copy on its own version. */
  compared: number
  /** Of the copied, those of which one response was cut off before it came: not compared. */
  cut: number
  /** Copies without a live request. */
  orphans: number
  /** Live requests that took more than one attempt. */
  retried: number
  /** Of the compared: `200 500` -> how many were answered so, live first. */
  readonly statuses: Map<string, number>
  /** Of the compared with the same status: an error is quick and short, and its difference is already the status. */
  readonly samples: Samples
}

export class Tally {
  readonly endpoints = new Map<string, EndpointTally>()
  readonly #names = new Endpoints()
  readonly #random: () => number
  readonly #hasBaseline: boolean

  /** `hasBaseline`: pairs come with a second answer of the live version, but for some at the edges of the run. */
  constructor({ random = Math.random, hasBaseline = false } = {}) {
    this.#random = random
    this.#hasBaseline = hasBaseline
  }

  /**
   * `share`: of requests like this one, how many are mirrored, 0..1; undefined: that cannot be told. `wouldBeMissed`: false
   * where the request would not be here without its copy.
   */
  add(match: Match, share: number | undefined, wouldBeMissed = true): EndpointTally {
    const endpoint = this.#endpointOf(recordOf(match))
    if (match.kind === 'orphan') {
      endpoint.orphans++
      return endpoint
    }
    endpoint.requests++
    if (share === undefined) endpoint.unknown++
    else if (wouldBeMissed) endpoint.known++
    if (wouldBeMissed) endpoint.expected += share ?? 0
    if (match.attempts > 1) endpoint.retried++
    if (match.kind === 'missing') return endpoint
    endpoint.copied++
    // A copy that nobody asked for does not stand in for one that somebody did.
    if (share && wouldBeMissed) endpoint.arrived++
    if (isOfBoth(match) && isCut(match)) endpoint.cut++
    if (isCompared(match)) compare(endpoint, match, this.#hasBaseline ? match.baseline : match.live)
    return endpoint
  }

  #endpointOf({ method, path }: RequestRecord): EndpointTally {
    const name = this.#names.name(method, path)
    const known = this.endpoints.get(name)
    if (known) return known
    const fresh: EndpointTally = {
      name,
      requests: 0,
      unknown: 0,
      known: 0,
      expected: 0,
      arrived: 0,
      copied: 0,
      compared: 0,
      cut: 0,
      orphans: 0,
      retried: 0,
      statuses: new Map(),
      samples: new Samples(SAMPLE, this.#random)
    }
    this.endpoints.set(name, fresh)
    return fresh
  }
}

const SAMPLE = 20_000

/**
 * `sized`: whose answer the copy's size is compared with. Where there is a baseline, with that: it was a copy as well, and an
 * application that echoes what a copy's headers have more (x-forwarded-for) answers both with as much more.
 */
function compare(endpoint: EndpointTally, { live, copy }: Pair, sized: RequestRecord | undefined): void {
  endpoint.compared++
  const statuses = `${live.status} ${copy.status}`
  endpoint.statuses.set(statuses, (endpoint.statuses.get(statuses) ?? 0) + 1)
  if (live.status !== copy.status) return
  endpoint.samples.add({
    at: live.at,
    live: live.duration ?? Number.NaN,
    copy: copy.duration ?? Number.NaN,
    // An error is short; that of a baseline alone says nothing of the copy.
    liveBytes: (sized?.status === copy.status ? sized.bytes : undefined) ?? Number.NaN,
    copyBytes: copy.bytes ?? Number.NaN,
    forwardedBytes: sized ? addedByForwarding(sized, copy) : Number.NaN
  })
}
