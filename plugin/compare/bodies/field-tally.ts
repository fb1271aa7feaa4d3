// Counts, per endpoint and field, in how many pairs the answers differ. Judges nothing; bounded whatever comes.
import type { Match } from '../pair.ts'
import type { Exchange } from '../record.ts'
import { isCompared } from '../tally.ts'
import type { Answer } from './answer.ts'
import type { BodyBudget } from './body-budget.ts'
import { compareAnswers, type Ignored } from './compare-answers.ts'
import type { Difference } from './difference.ts'
import { makeExample, type Example } from './example.ts'
import type { FieldCounts } from './noise.ts'
import type { Redactor } from './redact.ts'
import { Repeats } from './repeats.ts'

export interface EndpointFields {
  compared: number
  /** Of the compared: with a second answer of the live version. */
  baselines: number
  /** Answers of the live version that could be compared with one before, to the same request. */
  repeated: number
  /** How the bodies could be compared -> how many pairs. */
  readonly comparedAs: Map<string, number>
  readonly fields: Map<string, FieldTally>
  /** Differences in fields beyond the bound. */
  otherFields: number
}

export interface FieldTally extends Pick<Difference, 'field' | 'kind'> {
  readonly counts: { -readonly [Name in keyof FieldCounts]: number }
  /** Of the first pair that showed it; absent: only the live version's own answers did. */
  example?: Example
}

/** What was looked at, and how much of it was lost on the way. */
export interface BodiesNote {
  /** Whether files may hold examples. */
  readonly withExamples: boolean
  /** Bodies that were let go, because too many waited for their pairs. */
  readonly letGo: number
  /** Requests to make a connection something else than HTTP (websockets), of either version. */
  readonly upgrades: number
  /** In words, of the flags: `1 of 16 requests`, `only GET`. Empty: everything. */
  readonly restrictions: readonly string[]
}

export interface TallyOptions {
  readonly ignored: Ignored
  readonly redactor: Redactor
  /** Whether examples are kept for files, with whole answers. */
  readonly withExamples: boolean
  readonly restrictions: readonly string[]
  readonly budget: BodyBudget
}

export class FieldsTally {
  readonly endpoints = new Map<string, EndpointFields>()
  upgrades = 0
  readonly #options: TallyOptions
  readonly #repeats = new Repeats()

  constructor(options: TallyOptions) {
    this.#options = options
  }

  note(): BodiesNote {
    const { withExamples, restrictions, budget } = this.#options
    return { withExamples, restrictions, letGo: budget.letGo, upgrades: this.upgrades }
  }

  /** Compares what is to be compared; either way its bodies are not needed any more. */
  take(endpoint: string, match: Match): void {
    if (match.kind === 'pair' && isCompared(match) && match.live.answer && match.copy.answer) {
      this.add(endpoint, match.live.answer, match.copy.answer, match.baseline?.answer)
    }
    for (const exchange of exchangesOf(match)) if (exchange.answer) this.#options.budget.release(exchange.answer)
  }

  /** `baseline`: a second answer of the live version, to its own copy of the request. */
  add(endpoint: string, live: Answer, copy: Answer, baseline?: Answer): void {
    const tally = this.#endpoint(endpoint)
    const { differences, comparedAs } = compareAnswers(live, copy, this.#options.ignored)
    tally.compared++
    tally.comparedAs.set(comparedAs, (tally.comparedAs.get(comparedAs) ?? 0) + 1)
    const found = differences.flatMap((difference) => this.#count(tally, difference, { live, copy }))
    if (baseline === undefined) return this.#compareWithLast(tally, live)
    tally.baselines++
    const noise = this.#own(tally, live, baseline)
    for (const field of new Set([...found, ...noise])) {
      const [raw, own] = [found.includes(field), noise.includes(field)]
      field.counts[raw && own ? 'both' : raw ? 'rawOnly' : 'noiseOnly']++
    }
  }

  #count(tally: EndpointFields, difference: Difference, pair: { live: Answer; copy: Answer }): FieldTally[] {
    const field = this.#field(tally, difference)
    if (field === undefined) return []
    const { redactor, withExamples } = this.#options
    field.counts.raw++
    field.example ??= makeExample(pair, difference, redactor, withExamples && this.#wantsAnswers(tally))
    return [field]
  }

  #compareWithLast(tally: EndpointFields, live: Answer): void {
    const before = this.#repeats.swap(live)
    if (before === undefined) return
    tally.repeated++
    for (const field of this.#own(tally, before, live)) field.counts.repeats++
  }

  /** Fields in which two answers of the live version differ. */
  #own(tally: EndpointFields, one: Answer, other: Answer): FieldTally[] {
    const { differences } = compareAnswers(one, other, this.#options.ignored)
    return differences.flatMap((difference) => this.#field(tally, difference) ?? [])
  }

  #field(tally: EndpointFields, { field, kind }: Difference): FieldTally | undefined {
    const key = `${kind} ${field}`
    const known = tally.fields.get(key)
    if (known) return known
    if (tally.fields.size >= MOST_FIELDS) {
      tally.otherFields++
      return undefined
    }
    const fresh: FieldTally = { field, kind, counts: { raw: 0, rawOnly: 0, noiseOnly: 0, both: 0, repeats: 0 } }
    tally.fields.set(key, fresh)
    return fresh
  }

  #wantsAnswers({ fields }: EndpointFields): boolean {
    return [...fields.values()].filter(({ example }) => example?.answers).length < MOST_ANSWERS
  }

  #endpoint(name: string): EndpointFields {
    const known = this.endpoints.get(name)
    if (known) return known
    const fresh: EndpointFields = {
      compared: 0,
      baselines: 0,
      repeated: 0,
      comparedAs: new Map(),
      fields: new Map(),
      otherFields: 0
    }
    this.endpoints.set(name, fresh)
    return fresh
  }
}

function exchangesOf(match: Match): Exchange[] {
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

const MOST_FIELDS = 300
/** Examples of one endpoint that hold whole answers. */
const MOST_ANSWERS = 5
