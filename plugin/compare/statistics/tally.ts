// Counts the requests of each endpoint, and what happened to their copies. Judges nothing. Bounded.
import { Endpoints } from './endpoint.ts'
import { isCompared, isCut, isOfBoth } from './compared.ts'
import { addedByForwarding } from './echo.ts'
import { recordOf, type Match, type Pair } from '../pairing/pair.ts'
import type { RequestRecord } from '../sources/record.ts'
import { Samples } from './samples.ts'
import type { Counts } from './verdict.ts'

export interface EndpointTally extends Counts {
  readonly name: string
  /** Of the compared: `200 500` (live, copy) -> how many. */
  readonly statuses: Map<string, number>
  /** Of the compared with equal statuses: an error is quick and short, and the status already says so. */
  readonly samples: Samples
}

export class Tally {
  readonly endpoints = new Map<string, EndpointTally>()
  readonly #names = new Endpoints()
  readonly #random: () => number
  readonly #hasBaseline: boolean

  /** `hasBaseline`: matches have a second live response, except for some at the edges of the run. */
  constructor({ random = Math.random, hasBaseline = false } = {}) {
    this.#random = random
    this.#hasBaseline = hasBaseline
  }

  /**
   * `share`: of requests like this one, how many are mirrored, 0..1; undefined: unknown. `wouldBeMissed`: false if the
   * request would not be counted without its copy.
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
    // A copy that no rule asked for does not replace one that a rule did.
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
      ...NOTHING,
      statuses: new Map(),
      samples: new Samples(SAMPLE, this.#random)
    }
    this.endpoints.set(name, fresh)
    return fresh
  }
}

const SAMPLE = 20_000
const NOTHING: Readonly<Counts> = {
  requests: 0,
  copied: 0,
  unknown: 0,
  known: 0,
  expected: 0,
  arrived: 0,
  compared: 0,
  cut: 0,
  orphans: 0,
  retried: 0
}

/** Of several endpoints together. */
export function sumOf(counts: Iterable<Readonly<Counts>>): Counts {
  const sum = { ...NOTHING }
  for (const one of counts) for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += one[name]
  return sum
}

/**
 * `sized`: the response whose size the copy's is compared with. With a baseline that is the baseline's: as a copy it has the
 * same x-forwarded-for, so an application that echoes it makes both equally longer.
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
    // An error of the baseline alone is short, and says nothing about the copy.
    liveBytes: (sized?.status === copy.status ? sized.bytes : undefined) ?? Number.NaN,
    copyBytes: copy.bytes ?? Number.NaN,
    forwardedBytes: sized ? addedByForwarding(sized, copy) : Number.NaN
  })
}
