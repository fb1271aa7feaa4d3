// Counts, per endpoint and field, in how many matches the responses differ. Judges nothing. Bounded.
import type { Match, Pair } from '../pairing/pair.ts'
import type { RequestRecord } from '../sources/record.ts'
import { isCompared, isCut } from './compared.ts'
import { isWhole, type HttpResponse, type WholeResponse } from '../responses/response.ts'
import type { BodyBudget } from '../tap/body-budget.ts'
import { compareResponses, type Ignored } from '../responses/compare-responses.ts'
import { isExplained, type Difference } from '../responses/difference.ts'
import { EndpointFields, type FieldName, type FieldTally } from './endpoint-fields.ts'
import { makeExample } from '../responses/example.ts'
import type { Redactor } from '../responses/redact.ts'
import { Repeats } from '../responses/repeats.ts'

/** What a run of diff compared, and what it lost. */
export interface DiffMetadata {
  /** Whether to keep examples with whole responses, for files. */
  readonly withExamples: boolean
  /** Whether the live version got a second copy of each request, to recognise noise. */
  readonly baseline: boolean
  /** Bodies dropped because too many were waiting for their match. */
  readonly dropped: number
  /** Requests to upgrade a connection (websockets), of either version. */
  readonly upgrades: number
  /** Requests that were too long or unreadable, of either version. */
  readonly lost: number
  /** The flags in words: `requests with GET`. Empty: none. */
  readonly restrictions: readonly string[]
}

export interface TallyOptions extends Pick<DiffMetadata, 'withExamples' | 'baseline' | 'restrictions'> {
  readonly ignored: Ignored
  readonly redactor: Redactor
  readonly budget: BodyBudget
}

export class FieldsTally {
  readonly endpoints = new Map<string, EndpointFields>()
  upgrades = 0
  lost = 0
  readonly #options: TallyOptions
  readonly #repeats = new Repeats()

  constructor(options: TallyOptions) {
    this.#options = options
  }

  get hasBaseline(): boolean {
    return this.#options.baseline
  }

  metadata(): DiffMetadata {
    const { withExamples, baseline, restrictions, budget } = this.#options
    return { withExamples, baseline, restrictions, dropped: budget.dropped, upgrades: this.upgrades, lost: this.lost }
  }

  /**
   * Compares a match and returns the fields that differ; undefined: not compared. This is the one place that frees the
   * bodies of a match, compared or not. The tap source holds them until then.
   */
  take(endpoint: string, match: Match): FieldName[] | undefined {
    try {
      if (match.kind !== 'pair' || !isCompared(match) || !match.live.response || !match.copy.response) return undefined
      return this.add(endpoint, match.live.response, match.copy.response, baselineOf(match)?.response)
    } finally {
      for (const record of recordsOf(match)) if (record.response) this.#options.budget.release(record.response)
    }
  }

  /**
   * `baseline`: the live version's response to its own copy of the request. Returns the fields that differ, without known
   * noise.
   */
  add(endpoint: string, live: HttpResponse, copy: HttpResponse, baseline?: HttpResponse): FieldName[] | undefined {
    const tally = this.#endpoint(endpoint)
    if (!isWhole(live) || !isWhole(copy)) {
      tally.countWay('dropped')
      return undefined
    }
    const { ignored, redactor, withExamples } = this.#options
    const { differences, comparedAs } = compareResponses(live, copy, ignored)
    tally.compared++
    tally.countWay(comparedAs)
    const found = new Map<FieldTally, Difference>()
    for (const difference of differences) {
      const field = tally.find(difference)
      if (field) found.set(field, difference)
    }
    for (const field of found.keys()) field.counts.raw++
    const isNoise = this.#noise(tally, new Set(found.keys()), live, baseline)
    for (const [field, difference] of found) {
      const withResponses = withExamples && !field.example?.answers && !isNoise(field) && tally.hasRoomForResponses
      if (field.example && !withResponses) continue
      field.example = makeExample({ live, copy }, difference, redactor, withResponses)
    }
    return [...found.keys()].filter((one) => !isNoise(one)).map(({ field, kind }) => ({ field, kind }))
  }

  /** Counts how the live version's own responses differ. Returns which fields are noise in this match. */
  #noise(
    tally: EndpointFields,
    found: ReadonlySet<FieldTally>,
    live: WholeResponse,
    baseline: HttpResponse | undefined
  ): (field: FieldTally) => boolean {
    // Without the baseline's body, noise in it would look like a difference of the copy.
    if (baseline === undefined || !isWhole(baseline)) {
      this.#compareWithLast(tally, live)
      return ({ kind, counts }) => isExplained(kind) || counts.repeats > 0
    }
    tally.baselines++
    const own = this.#own(tally, live, baseline)
    for (const field of new Set([...found, ...own])) {
      field.counts[!own.has(field) ? 'rawOnly' : found.has(field) ? 'both' : 'noiseOnly']++
    }
    return (field) => isExplained(field.kind) || own.has(field)
  }

  #compareWithLast(tally: EndpointFields, live: WholeResponse): void {
    const before = this.#repeats.swap(live)
    if (before === undefined || !isWhole(before)) return
    tally.repeated++
    for (const field of this.#own(tally, before, live)) field.counts.repeats++
  }

  /** Fields in which two live responses differ. */
  #own(tally: EndpointFields, one: WholeResponse, other: WholeResponse): Set<FieldTally> {
    const { differences } = compareResponses(one, other, this.#options.ignored)
    return new Set(differences.flatMap((difference) => tally.find(difference) ?? []))
  }

  #endpoint(name: string): EndpointFields {
    const known = this.endpoints.get(name)
    if (known) return known
    const fresh = new EndpointFields()
    this.endpoints.set(name, fresh)
    return fresh
  }
}

/** Without a baseline that was cut off. */
function baselineOf({ live, baseline }: Pair): RequestRecord | undefined {
  return baseline && !isCut({ live, copy: baseline }) ? baseline : undefined
}

function recordsOf(match: Match): RequestRecord[] {
  switch (match.kind) {
    case 'pair':
      return [match.live, match.copy, ...(match.baseline ? [match.baseline] : [])]
    case 'missing':
      return [match.live]
    case 'orphan':
      return [match.copy]
    default:
      return match satisfies never
  }
}
